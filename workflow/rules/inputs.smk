"""What rules read: where the files of products, of fields and of their exposures lie."""


def complete_members(wildcards):
    """The _cal files of a product, of which none may be missing."""
    paths = [local_path(member.path) for member in members_of(wildcards)]
    return in_place_of_members(wildcards.product) or paths


def complete_in_field(wildcards):
    """What all members of a product in a field are needed for, if one is missing, though its neighbours do without."""
    paths = [member.path for member in members_of(wildcards)]
    missing = [local_path(path) for path in paths if not is_there(path)]
    return (
        in_place_of_members(wildcards.product) or missing if SETTINGS["field"] else []
    )


def field_table(wildcards):
    """The table of the members of a product's field, if it has one."""
    name = SETTINGS["field"]
    return f"{RESULTS}/{name}/{name}_members.asdf" if name else []


def sky_positions(wildcards):
    """Where the members of a field lie: its table, or the grid of its only product."""
    name = wildcards.field
    return field_table(wildcards) or f"{RESULTS}/{name}/{name}_outlier_grid.asdf"


def sky_record(wildcards):
    """The sky of the members of a product."""
    name = FIELD_OF[wildcards.product]
    return f"{RESULTS}/{name}/{name}_sky.json"


def sky_levels(wildcards):
    """The sky of the members of an exposure; in a field only levels that change count: see `states`."""
    if not SETTINGS["field"]:
        return f"{RESULTS}/{wildcards.field}/{wildcards.field}_sky.json"
    return ancient(checkpoints.list_levels.get(field=SETTINGS["field"]).output.levels)


def levels_of_field(wildcards):
    """The same for jobs that do not read them: without, they would not be planned anew when levels are known."""
    return sky_levels(wildcards) if SETTINGS["field"] else []


def states(wildcards):
    """The sky levels of the members of an exposure of a field."""
    if not SETTINGS["field"]:
        return None
    known = member_states(sky_levels(wildcards))
    return [known.get(member.stem) for member in members_of(wildcards)]


def of_members(step, only=lambda path: True):
    """An input function for where the images of all members of a product lie after a step."""
    place = str(images_after(step))

    def places(wildcards):
        name = FIELD_OF[getattr(wildcards, "product", wildcards)]
        stems = [m.stem for m in members_of(wildcards) if only(m.path)]
        exposures = dict.fromkeys(EXPOSURE_OF[name][stem] for stem in stems)
        return [place.format(field=name, exposure=exposure) for exposure in exposures]

    return places


def flagged_members(wildcards):
    """Where the flagged members of a product lie.

    With `own_outliers` it is these that count: what other products have found lies outside of this one, or is the
    same.
    """
    places = of_members("outlier_detection")(wildcards)
    return [ancient(place) for place in places] if own_outliers(wildcards) else places


def of_method(name, ending, *methods):
    """A file of a product, if outliers are found by one of some methods."""
    options = SETTINGS["outlier_detection"]
    wanted = options["method"] in methods and not options["skip"]
    return [f"{RESULTS}/{name}/{name}_{ending}.asdf"] if wanted else []


def products_of(wildcards):
    """The names of the products that an exposure belongs to."""
    known = FIELDS[wildcards.field].products_of
    names = [name for m in members_of(wildcards) for name in known[m.stem]]
    return list(dict.fromkeys(names))


def of_products(ending, *methods):
    """An input function for such a file of each product of an exposure."""

    def files(wildcards):
        names = products_of(wildcards)
        return [path for name in names for path in of_method(name, ending, *methods)]

    return files


def grids(kind):
    """An input function for where a product's grid for outliers or its mosaic's lies.

    In a field one job defines all, each time that anything changes in any of them: what counts for a product is what
    its own grid is `defined_by`.
    """

    def place(wildcards):
        name = SETTINGS["field"]
        if name:
            return ancient(f"{RESULTS}/{name}/{kind}_grids")
        return f"{RESULTS}/{wildcards.product}/{wildcards.product}_{kind}_grid.asdf"

    return place


def grid(kind):
    """A function for the file of such a grid."""
    return lambda wildcards: grid_in(grids(kind)(wildcards), wildcards.product)


def defined_by(rule):
    """A function for what the grid of a product in a field follows from, beside its members."""

    files = [version(path) for path in [SETTINGS["resample"]["output_wcs"]] if path]
    same = [settings(rule), files, code_version("define_field_grids")]

    def values(wildcards):
        return [*same, skycell(wildcards)]

    return values if SETTINGS["field"] else None


def grids_of_products(wildcards):
    """Where the grids for outliers of the products of an exposure lie, if outliers are looked for."""
    if SETTINGS["outlier_detection"]["skip"]:
        return []
    return grids("outlier")(wildcards) if SETTINGS["field"] else each_grid(wildcards)


def each_grid(wildcards):
    """The files of these grids."""
    if not SETTINGS["field"]:
        return of_products("outlier_grid", "pairwise", "romancal")(wildcards)
    place = str(grids("outlier")(wildcards)) if grids_of_products(wildcards) else None
    return [grid_in(place, name) for name in products_of(wildcards)] if place else []


def own_outliers(wildcards):
    """The outliers that a product of a field has found. With method romancal neighbours may differ where they meet."""
    found = of_method(wildcards.product, "outliers", "pairwise")
    return found if SETTINGS["field"] else []


def epsf_files(wildcards):
    """The reference files of the detectors' PSFs."""
    return sorted(glob.glob(SETTINGS["psf"]["epsf"])) if LOCAL else []


def background_files_of(wildcards):
    """The background images of the members of a field, or of an exposure, that have one."""
    return list(backgrounds_of(wildcards).values())


def background_names(wildcards):
    """The members that have a background image, as those are listed."""
    return list(backgrounds_of(wildcards))


def backgrounds_of(wildcards):
    """Background images by member."""
    known = BACKGROUNDS[wildcards.field]
    stems = [member.stem for member in members_of(wildcards)]
    return {stem: known[stem] for stem in stems if stem in known}


# No product can have this name.
COPY_LOGS = f"{LOGS}/_copies"


def url_of_copy(wildcards):
    """The URL that a copy is made of."""
    return url_of(wildcards.source)


def unless_unreachable(wildcards):
    """What a copy needs of which the server says that it is not there: a file that no job can make."""
    there = is_there(url_of_copy(wildcards))
    return [] if there else f"{COPIES}/{wildcards.source} on its server"


def products_of_copies():
    """The products that need each copy, by its log."""
    names = {}
    for product in PRODUCTS.values():
        for member in product.members:
            if is_url(member.path):
                log = f"{copy_of(member.path, COPY_LOGS)}.log"
                names.setdefault(log, []).append(product.name)
    return names


def mosaic_of(name):
    """The mosaic of a product."""
    return f"{MOSAIC}.asdf".format(product=name)


@functools.cache
def shown_products():
    """The products of a field that its page shows: all, with --keep-going without those that could not be made."""
    # A job of a cluster is not told of the option: it shows what has been made for it.
    names, execution = mosaics(), workflow.execution_settings
    if workflow.is_main_process and not (execution and execution.keep_going):
        return names
    places = {name: mosaic_of(name) for name in names}
    field = FIELDS[SETTINGS["field"]]
    failed = failed_products(LOGS, field.name, places, field.products_of)
    missing = {
        name
        for stem, m in field.members.items()
        if not is_there(m.path)
        for name in field.products_of[stem]
    }
    shown = [name for name in names if name not in failed | missing]
    if not workflow.is_main_process:
        shown = [name for name in shown if os.path.exists(places[name])]
    # Where nothing could be made, its jobs say why.
    return shown or names


def shown_mosaics(wildcards):
    """Their mosaics."""
    return list(map(mosaic_of, shown_products()))


def shown_grids(wildcards):
    """Their grids."""
    folder = f"{RESULTS}/{wildcards.field}/mosaic_grids"
    return [grid_in(folder, name) for name in shown_products()]


def missing_of_pages(wildcards):
    """Members that are missing of products without a mosaic; with --keep-going pages do without.

    Of a page that is there Snakemake does not ask whether all that it is made of can be.
    """
    execution = workflow.execution_settings
    if execution and execution.keep_going:
        return []
    names = [name for name in mosaics() if not os.path.exists(mosaic_of(name))]
    paths = [member.path for name in names for member in members_of(name)]
    return [local_path(path) for path in dict.fromkeys(paths) if not is_there(path)]


def not_shown(wildcards):
    """The products that are not on the page."""
    return [name for name in mosaics() if name not in set(shown_products())]
