"""PUID and PGID, and a home that can be written."""

import os
import pwd
import stat
import tempfile

from .failure import CANNOT_CREATE, NO_PERMISSION, USAGE, StartError, note, say

# The highest that is not taken for "leave as it is".
_LARGEST_ID = 2**32 - 2


def settle_user(environment):
    """Becomes PUID:PGID, when started as root, and sees to a writable HOME for whoever it is then.

    Raises StartError BAD_ID, CANNOT_BECOME or NO_TEMPORARY_FOLDER.
    """
    uid = _id(environment, "PUID")
    gid = _id(environment, "PGID")
    if os.geteuid() != 0:
        if uid not in (None, os.geteuid()) or gid not in (None, os.getegid()):
            note(
                "PUID and PGID count only in a container that starts as root (--user 0); "
                "this one runs as %d:%d." % (os.geteuid(), os.getegid())
            )
    elif uid in (None, 0) and gid in (None, 0):
        note("vLLM runs as root. PUID and PGID name another user; without --user 0 it has one.")
    else:
        uid = 1000 if uid is None else uid
        _become(uid, uid if gid is None else gid, environment.get("HF_HOME"))
    _settle_home(environment)


def look_at_folders(environment):
    """Says which folders will make trouble later."""
    _look_at_temporary_folder()
    _look_at_cache(environment.get("HF_HOME"))


def _id(environment, name):
    text = environment.get(name, "")
    if text == "":
        return None
    if text.isascii() and text.isdigit() and int(text) <= _LARGEST_ID:
        return int(text)
    raise StartError(
        "BAD_ID",
        "%s is %r." % (name, text),
        "It has to be a number from 0 to %d." % _LARGEST_ID,
        "Take that of your user: id -u and id -g.",
        USAGE,
    )


def _become(uid, gid, cache):
    try:
        if cache:
            _give(cache, uid, gid)
        # Groups of --group-add stay; those that root has by /etc/group do not.
        os.setgroups(sorted(set(os.getgroups()) - {0, *os.getgrouplist("root", 0)}))
        os.setresgid(gid, gid, gid)
        os.setresuid(uid, uid, uid)
    except PermissionError as error:
        raise StartError(
            "CANNOT_BECOME",
            "This container cannot become %d:%d." % (uid, gid),
            "It starts as root, but without the capabilities CHOWN, SETUID and SETGID.",
            "Add them, or leave PUID and PGID out and start with --user %d:%d." % (uid, gid),
            NO_PERMISSION,
        ) from error
    say("Running as %d:%d." % (uid, gid))


def _give(cache, uid, gid):
    """Makes the user's what it could not write to in the model cache, and nothing else.

    By directory handles and without following links: other containers may be in there too.
    """
    if not os.path.isdir(cache) or os.path.realpath(cache) == "/":
        return
    given = 0
    try:
        for _, names, files, handle in os.fwalk(cache):
            for name in ["."] + names + files:
                status = os.stat(name, dir_fd=handle, follow_symlinks=False)
                if not stat.S_ISLNK(status.st_mode) and not _may_write(status, uid, gid):
                    os.chown(name, uid, gid, dir_fd=handle, follow_symlinks=False)
                    given += 1
    except PermissionError:
        raise
    except OSError as error:
        note("%s could not be given to uid %d: %s." % (cache, uid, error.strerror))
    if given:
        say("%d files and folders in %s now belong to %d:%d." % (given, cache, uid, gid))


def _may_write(status, uid, gid):
    needed = 0o3 if stat.S_ISDIR(status.st_mode) else 0o2
    shift = 6 if status.st_uid == uid else 3 if status.st_gid == gid else 0
    return status.st_mode >> shift & needed == needed


def _settle_home(environment):
    """Any uid works: without an entry in /etc/passwd, and with everything but /tmp read-only."""
    try:
        entry = pwd.getpwuid(os.geteuid())
    except KeyError:
        entry = None
        # torch asks getpass.getuser(), which fails for a user without a name.
        environment.setdefault("USER", "vllm")
        environment.setdefault("LOGNAME", environment["USER"])
    for home in (environment.get("HOME"), entry.pw_dir if entry else None):
        if home and home != "/" and os.path.isdir(home) and os.access(home, os.W_OK | os.X_OK):
            environment["HOME"] = home
            return
    environment["HOME"] = _temporary_home()


def _temporary_home():
    try:
        home = os.path.join(tempfile.gettempdir(), "vllm-home-%d" % os.geteuid())
        try:
            os.mkdir(home, 0o700)
        except FileExistsError:
            status = os.lstat(home)
            if status.st_uid != os.geteuid() or not os.path.isdir(home) or os.path.islink(home):
                home = tempfile.mkdtemp(prefix="vllm-home-")
        return home
    except OSError as error:
        raise StartError(
            "NO_TEMPORARY_FOLDER",
            "There is no folder for temporary files that uid %d can write to." % os.geteuid(),
            "%s. vLLM keeps sockets and compiled kernels there." % error.strerror,
            "With a read-only root file system add --tmpfs /tmp.",
            CANNOT_CREATE,
        ) from error


def _look_at_temporary_folder():
    """Engines mount --tmpfs without the right to execute, unless asked for it."""
    folder = tempfile.gettempdir()
    if os.statvfs(folder).f_flag & os.ST_NOEXEC:
        note(
            "%s is mounted noexec: what torch.compile makes there cannot be loaded. "
            "Use --tmpfs %s:exec, or --enforce-eager." % (folder, folder)
        )


def _look_at_cache(cache):
    if cache and os.path.isdir(cache) and not os.access(cache, os.W_OK | os.X_OK):
        note(
            "%s cannot be written by uid %d: models that are not in it cannot be downloaded. "
            "Give the folder to that user, or start with --user 0 and PUID." % (cache, os.geteuid())
        )
