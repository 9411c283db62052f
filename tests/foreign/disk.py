"""A disk as a power failure may leave it, and what strace saw happen to it: for power.py.

The model is strict (POSIX): a sync of a file keeps its bytes and its length, a sync of a folder the
names in it, and neither keeps the other.
"""

import collections
import os
import pathlib
import re
import shutil

SECTOR = 512
# What changes files, and what others see of a process; what the model does not know is refused.
CALLS = (
    "open,openat,creat,write,pwrite64,writev,pwritev,pwritev2,ftruncate,truncate,fallocate,rename,renameat,"
    "renameat2,link,linkat,unlink,unlinkat,mkdir,mkdirat,rmdir,symlink,symlinkat,fsync,fdatasync,"
    "sync_file_range,msync,mmap,copy_file_range,sendfile,splice,sendto,sendmsg,chdir,fchdir"
)


class File:
    def __init__(self, data=b""):
        self.synced, self.pending = data, []
        self.now = bytearray(data)

    def change(self, moment, change):
        self.pending.append((moment, change))
        apply(self.now, change)

    def sync(self, moment):
        """Keeps what came before that moment."""
        kept = bytearray(self.synced)
        for _, change in (one for one in self.pending if one[0] < moment):
            apply(kept, change)
        self.synced = bytes(kept)
        self.pending = [one for one in self.pending if one[0] >= moment]

    def torn(self, chance):
        if not self.pending:
            return self.synced
        data = bytearray(self.synced)
        for _, (kind, at, written) in self.pending:
            if kind == "length":
                if chance.random() < 0.5:
                    apply(data, (kind, at, written))
                continue
            end = at + len(written)
            borders = [at, *range(at - at % SECTOR + SECTOR, end, SECTOR), end]
            for begin, until in zip(borders, borders[1:]):
                if chance.random() < 0.5:
                    apply(data, ("bytes", begin, written[begin - at:until - at]))
        return bytes(data)


def apply(data, change):
    kind, at, written = change
    if kind == "length":
        del data[at:]
    data.extend(bytes(max(0, at - len(data))))
    if kind == "bytes":
        data[at:at + len(written)] = written


class Folder:
    def __init__(self):
        self.synced, self.now, self.pending = {}, {}, []

    def change(self, moment, *names):
        """Names with what they stand for from now on, or with nothing."""
        self.pending.append((moment, names))
        rename(self.now, names)

    def sync(self, moment):
        for _, names in (one for one in self.pending if one[0] < moment):
            rename(self.synced, names)
        self.pending = [one for one in self.pending if one[0] >= moment]

    def some(self, is_kept):
        names = dict(self.synced)
        for moment, change in self.pending:
            if is_kept(moment):
                rename(names, change)
        return names


def rename(names, changes):
    for name, node in changes:
        if node is None:
            names.pop(name, None)
        else:
            names[name] = node


class Disk:
    """Everything below one folder."""

    def __init__(self, root):
        self.root, self.top, self.moment = str(root), Folder(), 0
        self.read(pathlib.Path(root), self.top)

    def read(self, folder, node):
        for path in folder.iterdir():
            assert not path.is_symlink(), path
            child = Folder() if path.is_dir() else File(path.read_bytes())
            if path.is_dir():
                self.read(path, child)
            node.now[path.name] = node.synced[path.name] = child

    def find(self, path):
        """The node of a path, or nothing."""
        node = self.top
        for name in pathlib.PurePath(path).relative_to(self.root).parts:
            node = node.now.get(name) if isinstance(node, Folder) else None
        return node

    def holds(self, path):
        return path == self.root or path.startswith(self.root + "/")

    def place(self, path):
        parent, name = os.path.split(path)
        return self.find(parent), name

    def make(self, path, node):
        folder, name = self.place(path)
        folder.change(self.moment, (name, node))

    def remove(self, path):
        folder, name = self.place(path)
        folder.change(self.moment, (name, None))

    def move(self, old, new):
        (source, old_name), (target, new_name) = self.place(old), self.place(new)
        assert source is target, f"{old} is moved to another folder"
        source.change(self.moment, (new_name, source.now[old_name]), (old_name, None))

    def tree(self, names, data):
        """Path to bytes, and folders to nothing."""
        found = {}

        def walk(folder, path):
            for name, node in names(folder, path).items():
                # What processes share of a database while they run is not looked at afterwards.
                if name.endswith("-shm"):
                    continue
                own = f"{path}/{name}"
                found[own] = None if isinstance(node, Folder) else bytes(data(node, own))
                if isinstance(node, Folder):
                    walk(node, own)

        walk(self.top, "")
        return found

    def lasting(self):
        return self.tree(lambda folder, _: folder.synced, lambda file, _: file.synced)

    def all_names(self):
        return self.tree(lambda folder, _: folder.now, lambda file, _: file.synced)

    def everything(self):
        return self.tree(lambda folder, _: folder.now, lambda file, _: file.now)

    def all_but(self, part):
        """Of one part only what is synced, of the others everything."""
        def is_part(path):
            return path == part or path.startswith(part + "/")

        return self.tree(lambda folder, path: folder.synced if is_part(path) else folder.now,
                         lambda file, path: file.synced if is_part(path) else file.now)

    def torn(self, chance):
        """Some of the names, in their order or in none, and some of the sectors."""
        until = chance.choice([None, chance.randint(0, self.moment)])
        is_kept = (lambda moment: moment < until) if until is not None else (lambda _: chance.random() < 0.5)
        return self.tree(lambda folder, _: folder.some(is_kept), lambda file, _: file.torn(chance))


def put(tree, root):
    shutil.rmtree(root, ignore_errors=True)
    os.makedirs(root, mode=0o700)
    for path, data in tree.items():
        if data is None:
            os.mkdir(root + path, 0o700)
        else:
            with open(root + path, "wb", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
                file.write(data)


HEX = r"(?:\\x[0-9a-f]{2})*"
TEXT = rf'"({HEX})"'
FD = rf"(?:AT_FDCWD|\d+)<({HEX})[^>]*>+"
TWO = rf"(?:{FD}, )?{TEXT}, (?:{FD}, )?{TEXT}"


def plain(text):
    return bytes.fromhex(text.replace("\\x", ""))


def name_of(text):
    return os.fsdecode(plain(text or ""))


def calls(file):
    """Each call when it has ended: its process, its name, the rest of its line, and how many had
    ended when it began."""
    begun = {}
    for count, line in enumerate(open(file)):
        process, rest = line.split(maxsplit=1)
        if ended := re.match(r"\+\+\+ exited with (\d+)", rest):
            yield process, "exit", ended[1], count
        elif rest.rstrip().endswith("<unfinished ...>"):
            begun[process] = (rest.rstrip().removesuffix("<unfinished ...>"), count)
        else:
            at = count
            if resumed := re.match(r"<\.\.\. \w+ resumed>(.*)", rest, re.S):
                before, at = begun.pop(process)
                rest = before + resumed[1]
            call = re.match(r"(\w+)\((.*)\)\s+= (-?\d+|0x[0-9a-f]+|\?)", rest, re.S)
            if call and not call[3].startswith(("-", "?")):
                yield process, call[1], call[2].rstrip() + f") = {call[3]}", at


class Player:
    """Plays what strace saw into a disk, and counts what others could see meanwhile."""

    def __init__(self, disk, cwd, mail_port, first):
        self.disk, self.cwd, self.mail_port, self.first = disk, str(cwd), mail_port, first
        self.places, self.last = {}, collections.defaultdict(bytes)
        # Processes that said something on stdout, or ended well; mails that were handed over.
        self.said, self.ended, self.mails = [], [], 0

    def path(self, folder, path):
        return os.path.normpath(os.path.join(name_of(folder) or self.cwd, name_of(path)))

    def play(self, process, name, rest, begun):
        """What it did, in words, if it was something."""
        if name == "exit":
            # Threads end, too.
            is_end = rest == "0" and process == self.first
            return self.tell(process, "ends well", self.ended) if is_end else None
        if re.match(rf"\d+<{HEX}>\(deleted\)", rest):
            return None
        handler = getattr(self, name, None)
        return handler(process, rest, begun) if handler else self.refuse(name, rest)

    def refuse(self, name, rest):
        """What the model does not know must not happen."""
        named = [name_of(found) for found in re.findall(rf'[<"]({HEX})', rest)]
        assert not any(self.disk.holds(path) for path in named), f"{name} {named}"

    def tell(self, process, what, told):
        if process in told:
            return None
        told.append(process)
        return what

    def openat(self, process, rest, begun):
        found = re.match(rf"(?:{FD}, )?{TEXT}, ([A-Z_|]+)", rest)
        path, flags = self.path(found[1], found[2]), found[3].split("|")
        if not self.disk.holds(path) or "O_RDONLY" in flags:
            return None
        node, did = self.disk.find(path), None
        if node is None:
            node, did = File(), f"makes {path}"
            self.disk.make(path, node)
        elif "O_TRUNC" in flags:
            node.change(self.disk.moment, ("length", 0, b""))
            did = f"empties {path}"
        # One writer of a file at a time: otherwise the disk and its model differ in the end.
        self.places[node] = None if "O_APPEND" in flags else 0
        return did

    open = openat

    def write(self, process, rest, begun):
        fd, text, data = re.match(r"(\d+)<([^\"]*?)>?, (.*)", rest, re.S).groups()
        data = b"".join(map(plain, re.findall(TEXT, data)))[:int(rest.rsplit(" ", 1)[1])]
        path = name_of(re.match(HEX, text)[0])
        if fd == "1" and path.startswith("pipe:"):
            return self.tell(process, "says so", self.said)
        if text.startswith("TCP:") and text.endswith(f"->127.0.0.1:{self.mail_port}]"):
            return self.mail(process, data)
        if not self.disk.holds(path):
            return None
        node = self.disk.find(path)
        at = self.places[node]
        if at is None:
            at = len(node.now)
        else:
            self.places[node] += len(data)
        node.change(self.disk.moment, ("bytes", at, data))
        return f"writes {path}"

    writev = sendto = sendmsg = write

    def mail(self, process, data):
        self.last[process] = (self.last[process] + data)[-5:]
        if self.last[process] != b"\r\n.\r\n":
            return None
        self.last[process] = b""
        self.mails += 1
        return "hands a mail over"

    def pwrite64(self, process, rest, begun):
        fd, data, at, count = re.match(rf"{FD}, {TEXT}, \d+, (\d+)\) = (\d+)", rest).groups()
        path = name_of(fd)
        if self.disk.holds(path):
            self.disk.find(path).change(self.disk.moment, ("bytes", int(at), plain(data)[:int(count)]))
            return f"writes {path}"

    def ftruncate(self, process, rest, begun):
        fd, length = re.match(rf"{FD}, (\d+)", rest).groups()
        path = name_of(fd)
        if self.disk.holds(path):
            self.disk.find(path).change(self.disk.moment, ("length", int(length), b""))
            return f"cuts {path}"

    def fsync(self, process, rest, begun):
        path = name_of(re.match(FD, rest)[1])
        node = self.disk.holds(path) and self.disk.find(path)
        if node:
            node.sync(begun)
            return f"syncs {path}"

    fdatasync = fsync

    def rename(self, process, rest, begun):
        found = re.match(TWO, rest)
        old, new = self.path(found[1], found[2]), self.path(found[3], found[4])
        if self.disk.holds(new):
            self.disk.move(old, new)
            return f"renames {old} to {new}"

    renameat = renameat2 = rename

    def unlink(self, process, rest, begun):
        found = re.match(rf"(?:{FD}, )?{TEXT}", rest)
        path = self.path(found[1], found[2])
        if self.disk.holds(path):
            self.disk.remove(path)
            return f"removes {path}"

    unlinkat = rmdir = unlink

    def mkdir(self, process, rest, begun):
        found = re.match(rf"(?:{FD}, )?{TEXT}", rest)
        path = self.path(found[1], found[2])
        if self.disk.holds(path):
            self.disk.make(path, Folder())
            return f"makes {path}"

    mkdirat = mkdir

    def mmap(self, process, rest, begun):
        if "PROT_WRITE" in rest and "MAP_SHARED" in rest and (found := re.search(FD, rest)):
            path = name_of(found[1])
            assert not self.disk.holds(path) or path.endswith("-shm"), f"mmap of {path}"
