"""Files in buckets, by the client and the settings of Snakemake's storage plugin for S3.

Requests are signed if there are credentials: those given to the plugin, AWS's environment variables, ~/.aws or the
machine's role. Else they are not, which public buckets allow.
"""

import functools
import logging
import os
import tempfile
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path

from ..errors import InputError
from .found import NO_FILE, BrokenTransfer, Found

PLUGIN = "snakemake-storage-plugin-s3"
# Of each request, with pauses of some seconds; the plugin's own number makes a wrong endpoint known after a minute.
ATTEMPTS = 3
NO_SUCH = ("404", "NoSuchKey", "NoSuchBucket")
NOT_ALLOWED = ("401", "403", "AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken")
# What to do where access is denied, by whether requests go without a signature.
REMEDIES = {
    False: "your credentials do not allow it, or have expired, or there is no such file",
    True: "no credentials are found, and without them it may not be read, or there is no such file: see aws configure",
}


def look_up(url):
    """Ask for the size and the version of a file; see `http_files.look_up`."""
    bucket, key = _place(url)
    with _blamed(url) as client:
        answer = client.head_object(Bucket=bucket, Key=key)
    return Found(answer["ContentLength"], answer["ETag"])


def copy(url, path):
    """Copy a file to a path; see `look_up`."""
    bucket, key = _place(url)
    with _blamed(url) as client:
        client.download_file(bucket, key, str(path))


def read_part(url, start, stop):
    """Read some bytes of a file, see `look_up`: bytes."""
    bucket, key = _place(url)
    with _blamed(url) as client:
        return client.get_object(Bucket=bucket, Key=key, Range=f"bytes={start}-{stop - 1}")["Body"].read()


def export_settings(given):
    """Put the plugin's settings that were given on the command line into the environment, where jobs find them.

    Parameters
    ----------
    given : dict of str to object
        Snakemake's settings of storage plugins by name.
    """
    settings = given["s3"].get_settings(None) if "s3" in given else None
    if settings is not None:
        plugin = _storage_plugin()
        for name, variable in _variables(plugin).items():
            if getattr(settings, name) != getattr(plugin.settings_cls(), name):
                os.environ[variable] = str(getattr(settings, name))


@functools.cache
def connect():
    """The client of S3, one for a process. It may be used in threads, but not be made in several of them at once.

    Raises
    ------
    InputError
        If the plugin is not installed, or its settings cannot be.
    """
    plugin = _storage_plugin()
    from botocore.exceptions import BotoCoreError

    settings = plugin.settings_cls(retries=ATTEMPTS, region=None)  # else Amazon's environment would not count
    for name, variable in _variables(plugin).items():
        if variable in os.environ:
            setattr(settings, name, os.environ[variable])
    try:
        return _client(plugin, settings)
    except (BotoCoreError, ValueError) as error:
        advice = "check AWS_PROFILE, ~/.aws, --storage-s3-endpoint-url and AWS_ENDPOINT_URL_S3"
        raise InputError(f"settings of S3 cannot be used: {error}: {advice}") from None


def _client(plugin, settings):
    import boto3
    import botocore

    if not settings.access_key and boto3.Session().get_credentials() is None:
        settings.signature_version = botocore.UNSIGNED
    with tempfile.TemporaryDirectory() as folder:  # a provider makes one, and nothing is put into it
        provider = plugin.storage_provider(Path(folder, "s3"), logging.getLogger(__name__), settings=settings)
    return provider.s3c.meta.client


def _storage_plugin():
    from snakemake_interface_common.exceptions import InvalidPluginException
    from snakemake_interface_storage_plugins.registry import StoragePluginRegistry

    try:
        return StoragePluginRegistry().get_plugin("s3")
    except InvalidPluginException:
        raise InputError(f"members at s3:// need a plugin of Snakemake: pip install {PLUGIN}") from None


def _variables(plugin):
    # Names of settings and of the environment variables that can hold them.
    named = [field.name for field in fields(plugin.settings_cls) if field.metadata.get("env_var")]
    return {name: plugin.get_envvar(name) for name in named}


def _place(url):
    bucket, _, key = url.removeprefix("s3://").partition("/")
    return bucket, key


@contextmanager
def _blamed(url):
    # Gives the client, and says in one line what it raises.
    client = connect()
    from boto3.exceptions import Boto3Error
    from botocore import UNSIGNED
    from botocore.exceptions import BotoCoreError, ClientError, ConnectTimeoutError, EndpointConnectionError

    where = f"endpoint {client.meta.endpoint_url}"
    try:
        yield client
    except ClientError as error:
        code = str(error.response["Error"]["Code"])
        if code in NO_SUCH:
            raise InputError(f"{url}: {NO_FILE} ({where})") from None
        if code in NOT_ALLOWED:
            unsigned = client.meta.config.signature_version is UNSIGNED
            raise InputError(f"{url}: access is denied ({code}, {where}): {REMEDIES[unsigned]}") from None
        raise BrokenTransfer(f"{' '.join(str(error).split())} ({where})") from error
    except (EndpointConnectionError, ConnectTimeoutError):
        raise BrokenTransfer(
            f"its server cannot be reached ({where}): check the network, and --storage-s3-endpoint-url or "
            "AWS_ENDPOINT_URL_S3 if you use them"
        ) from None
    except (BotoCoreError, Boto3Error) as error:
        raise BrokenTransfer(f"{' '.join(str(error).split())} ({where})") from error
