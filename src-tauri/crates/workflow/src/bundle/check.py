#!/usr/bin/env python3
"""Checks an evidence bundle of an election audit, version 1, against FORMAT.md (a copy lies in every bundle).

    python3 check.py BUNDLE.zip [--signer WORDS] [--json]
    python3 check.py FOLDER     [--signer WORDS] [--json]      the unpacked bundle; the container is then not checked

Needs Python 3.8 or newer and nothing else: no other package, no network. Reads the bundle and writes nothing.
Exit code: 0 nothing is wrong, 1 something is wrong, 2 wrong use or a file that cannot be read as a bundle.

Who signed is told by five words. They prove something only where they were learnt by another way than this bundle:
give them with --signer and they are compared. In the same way, a checker is worth what the way is worth by which it
came: whoever doubts the bundle takes this file from elsewhere, or reads it. It follows the six steps of "What a
checker does", in that order. Quotations in the comments are from FORMAT.md.
"""
import argparse, base64, hashlib, itertools, json, os, re, struct, sys, unicodedata, zlib
from collections import Counter
from fractions import Fraction

SHOWN = 50                      # so many problems are shown; all of them are counted
PIECE = 1 << 20                 # files are read in pieces of this many bytes
SIGNATURES = ("MANIFEST.sig", "MANIFEST.minisig")
FIXED = ("MANIFEST", "MANIFEST.sig", "MANIFEST.minisig", "signer.pem", "signer.pub", "bundle.json", "check.py", "VERIFY.txt",
         "FORMAT.md", "inputs.jsonl", "verdicts.jsonl", "report/report.json", "report/report.pdf", "ledger.jsonl")
LISTED = {"tables": r"tables/[^/]+\.jsonl", "chains": r"chains/[^/]+\.jsonl", "counts": r"counts/[1-9][0-9]*\.json"}
FREE = (r"inputs/.+", r"report/csv/[^/]+\.csv", r"report/custody-sheet\.pdf")
VERDICTS = ("unchallenged", "signed", "questioned", "contradicted")
COUNTED_AGAIN = ("plurality", "approval", "logbook-plurality", "logbook-approval")


class NotABundle(Exception):
    """The file cannot be read as a bundle at all (exit code 2)."""


class Malformed(Exception):
    """A text is not what it should be; the message says what is wrong."""


# ---- Ed25519 (RFC 8032): points as (X, Y, Z, T) with x = X/Z, y = Y/Z, xy = T/Z ----------------------------------------

P = 2 ** 255 - 19
ORDER = 2 ** 252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)


def add_points(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def multiply_point(scalar, point):
    result = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            result = add_points(result, point)
        point, scalar = add_points(point, point), scalar >> 1
    return result


def encode_point(point):
    inverse = pow(point[2], P - 2, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def decode_point(data):
    """RFC 8032, 5.1.3; None where the 32 bytes are no point or not its only (canonical) encoding."""
    number = int.from_bytes(data, "little")
    sign, y = number >> 255, number & (1 << 255) - 1
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * ROOT_OF_MINUS_ONE % P
    if y >= P or x * x % P != square or (x == 0 and sign):
        return None
    x = x if x & 1 == sign else P - x
    return x, y, 1, x * y % P


BASE = decode_point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def usable_key(key):
    """A point in canonical encoding that is not of small order (under those, anybody can make signatures)."""
    point = decode_point(key)
    return point is not None and multiply_point(8, point)[0] != 0


def signature_holds(key, message, signature):
    """RFC 8032, 5.1.7, strictly: S below the order of the group, and S*B - k*A has R as its canonical encoding."""
    s = int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or s >= ORDER or not usable_key(key):
        return False
    x, y, z, t = decode_point(key)
    k = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % ORDER
    return encode_point(add_points(multiply_point(s, BASE), multiply_point(k, (P - x, y, z, P - t)))) == signature[:32]


# ---- Names of keys -----------------------------------------------------------------------------------------------------

def words_of(key):
    """`signer.words`: "the first ten bytes of the SHA-256 of the public key, as five words of two bytes"."""
    def word(n):
        consonants, vowels = "bdfghjklmnprstvz", "aiou"
        return consonants[n >> 12] + vowels[n >> 10 & 3] + consonants[n >> 6 & 15] + vowels[n >> 4 & 3] + consonants[n & 15]
    return "-".join(word(n) for n in struct.unpack(">5H", hashlib.sha256(key).digest()[:10]))


def key_id_of(key):
    return hashlib.sha256(key).digest()[:8]


def printed_key_id(key):
    return "%016X" % int.from_bytes(key_id_of(key), "little")


def from_base64(text):
    """b"" where the text is not base64 in the one way in which these bytes are written."""
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        return b""
    return data if base64.b64encode(data) == text else b""


# ---- JSON, strictly ----------------------------------------------------------------------------------------------------

class Decimal(str):
    """A JSON number with a point or an exponent, kept as it was written: only rounds of a count and the report may have one."""


def without_repeats(pairs):
    value = dict(pairs)
    if len(value) != len(pairs):
        raise Malformed("has an object with the same member twice")
    return value


def refuse_constant(name):
    raise Malformed("is not JSON, because of %s" % name)


DECODER = json.JSONDecoder(object_pairs_hook=without_repeats, parse_constant=refuse_constant, parse_float=Decimal)
COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


def parse_json(data):
    """The text and its value; raises Malformed."""
    try:
        text = data.decode("utf-8")
        return text, DECODER.decode(text)
    except RecursionError:
        raise Malformed("is nested too deeply")
    except UnicodeDecodeError:
        raise Malformed("is not UTF-8")
    except ValueError as error:
        raise Malformed("is not JSON (%s)" % getattr(error, "msg", "a number is too long"))


def pretty(value, indent="\n"):
    """Pretty-printed JSON (two spaces), piece by piece."""
    if not isinstance(value, (dict, list)) or not value:
        yield str(value) if isinstance(value, Decimal) else COMPACT(value)
        return
    is_object, deeper = isinstance(value, dict), indent + "  "
    for place, part in enumerate(value):
        yield ("," if place else "{" if is_object else "[") + deeper + (COMPACT(part) + ": " if is_object else "")
        yield from pretty(value[part] if is_object else part, deeper)
    yield indent + ("}" if is_object else "]")


# What a value must be: words for the reader, a test, and for an object the kinds of its members in their order.
def is_text(value):
    return isinstance(value, str) and not isinstance(value, Decimal)


def is_number_text(value):
    return is_text(value) and re.fullmatch(r"[0-9]{1,500}(\.[0-9]{1,500})?", value) is not None


def matching(words, pattern):
    return words, lambda value: is_text(value) and re.fullmatch(pattern, value) is not None


def or_null(kind):
    return kind[0] + " or null", lambda value: value is None or kind[1](value)


def list_of(kind):
    return "a list of which each part is " + kind[0], lambda value: isinstance(value, list) and all(map(kind[1], value))


def one_of(*texts):
    return "one of " + ", ".join(texts), lambda value: is_text(value) and value in texts


def shape(**members):
    """An object with exactly these members in exactly this order."""
    return "an object of %s in this order" % ", ".join(members), lambda value: fault_of(value, members) is None, members


def fault_of(value, members, where=""):
    """What is wrong with an object, or None."""
    if not isinstance(value, dict) or list(value) != list(members):
        return "%s is not an object with the members %s in this order and no others" % (where or "it", ", ".join(members))
    for name, kind in members.items():
        name, part = where + "." + name if where else name, value[name]
        fault = fault_of(part, kind[2], name) if len(kind) == 3 else None if kind[1](part) else name + " is not " + kind[0]
        if fault:
            return fault
    return None


TEXT, BOOL = ("a text", is_text), ("true or false", lambda value: isinstance(value, bool))
COUNT = ("a whole number", lambda value: type(value) is int and value >= 0)
SHA256 = matching("a SHA-256 in lower-case hex", "[0-9a-f]{64}")
INSTANT = matching("an instant as ISO text", r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?")
FIELDS = ("an object of texts and null", lambda value: isinstance(value, dict) and all(map(or_null(TEXT)[1], value.values())))
SUMMARY = ("the number of rows by verdict", lambda value: isinstance(value, dict) and set(value) <= set(VERDICTS)
           and all(map(COUNT[1], value.values())))
BALLOT = ("a ballot [votes, marks]", lambda value: isinstance(value, list) and len(value) == 2 and is_number_text(value[0])
          and list_of(list_of(COUNT))[1](value[1]))

BUNDLE = shape(
    schema=one_of("scrutineer/bundle/1"), program=shape(name=TEXT, version=TEXT), election_id=or_null(TEXT),
    incident_id=or_null(TEXT), title=TEXT, system=TEXT,
    verdict=TEXT, case_id=TEXT, newest_instant=or_null(INSTANT), signer=shape(words=TEXT, key_id=TEXT, public_key=TEXT),
    keys=list_of(TEXT), without_originals=COUNT, ledger=shape(entries=COUNT, head=SHA256),
    tables=list_of(shape(path=TEXT, table=TEXT, rows=COUNT)),
    verdicts=shape(table=or_null(TEXT), rows=COUNT, merkle_root=SHA256, summary=SUMMARY),
    chains=list_of(shape(path=TEXT, name=TEXT, algorithm=one_of("sha256", "sha512"), genesis=or_null(TEXT), links=COUNT,
                         untold=COUNT, breaks=COUNT, head=or_null(TEXT), problems=list_of(shape(place=COUNT, kind=one_of("hash", "link"))))),
    counts=list_of(shape(path=TEXT, contest=TEXT, rule=TEXT)))
INPUT = shape(path=TEXT, sha256=SHA256, bytes=COUNT, system=TEXT, kind=TEXT, rows=COUNT, bundled=or_null(TEXT))
ROW = shape(place=COUNT, file=TEXT, row=COUNT, key=TEXT, fields=FIELDS)
VERDICT = shape(place=COUNT, key=TEXT, row_sha256=SHA256, verdict=one_of(*VERDICTS), codes=list_of(TEXT))
LINK = shape(place=COUNT, key=TEXT, previous=TEXT, text=or_null(TEXT), hash=TEXT)
CONTEST = shape(contest=TEXT, title=TEXT, rule=TEXT, version=TEXT, seats=COUNT,
                candidates=list_of(shape(number=COUNT, id=TEXT, name=TEXT)), ballots=list_of(BALLOT), elected=list_of(COUNT),
                rounds=("a list", lambda value: isinstance(value, list)), ties=BOOL)
ACT = shape(number=COUNT, at=TEXT, actor=TEXT, act=TEXT, detail=TEXT, previous=SHA256, hash=SHA256)


# ---- The two forms of a bundle: a ZIP file, a folder -------------------------------------------------------------------

def path_bytes(path):
    return path.encode("utf-8", "surrogateescape")


class Bundle:
    """`spans` says for each path where its bytes lie: name of the file on disk, position of the first byte, number of bytes."""

    def __init__(self, name):
        self.name, self.spans, self.repeated, self.hashes = name, {}, [], {}
        self.find()
        self.paths = sorted(self.spans, key=path_bytes)

    def read(self, path, limit=1 << 62):
        name, position, size = self.spans[path]
        with open(name, "rb") as file:
            file.seek(position)
            return file.read(min(size, limit))

    def parts(self, path, by_line):
        """The bytes of a file in lines (with their line ends) or in large pieces."""
        name, position, left = self.spans[path]
        with open(name, "rb", PIECE) as file:
            file.seek(position)
            while left:
                part = file.readline(left) if by_line else file.read(min(left, PIECE))
                if not part:
                    raise OSError("%s is shorter than it was" % path)
                left -= len(part)
                yield part

    def digest(self, path):
        """Computes the CRC-32 and keeps the SHA-256."""
        sha256, crc = hashlib.sha256(), 0
        for piece in self.parts(path, by_line=False):
            sha256.update(piece)
            crc = zlib.crc32(piece, crc)
        self.hashes[path] = sha256.hexdigest()
        return crc

    def sha256(self, path):
        if path not in self.hashes:
            self.digest(path)
        return self.hashes[path]


class Folder(Bundle):
    def find(self):
        for where, folders, files in os.walk(self.name, onerror=self.refuse):
            for full in (os.path.join(where, name) for name in files + folders):
                if os.path.islink(full) or not (os.path.isfile(full) or os.path.isdir(full)):
                    raise NotABundle("%s is not a plain file" % full)
                if os.path.isfile(full):
                    self.spans[os.path.relpath(full, self.name).replace(os.sep, "/")] = (full, 0, os.path.getsize(full))
        if "MANIFEST" not in self.spans:
            raise NotABundle("there is no MANIFEST in this folder")

    def refuse(self, error):
        raise NotABundle(str(error))


class Zip(Bundle):
    """Finds the entries by the central directory. Whether every byte is as it must be is for `Checker.container` to say."""

    def find(self):
        self.length, self.offsets = os.path.getsize(self.name), {}
        end = self.bytes_at(max(self.length - 22, 0), 22)
        if len(end) != 22 or end[:4] != b"PK\x05\x06":
            raise NotABundle("it does not end with the end record of a ZIP file")
        size, position = struct.unpack("<LL", end[12:20])
        if position + size > self.length - 22 or self.length >= 1 << 32:
            raise NotABundle("the central directory does not lie within the file, or that has 4 GiB or more")
        with open(self.name, "rb", PIECE) as file:
            file.seek(position)
            while file.tell() < position + size:
                self.find_entry(file)
        if sum(span[2] for span in self.spans.values()) > self.length:
            raise NotABundle("the entries overlap")

    def find_entry(self, file):
        head = file.read(46)
        if head[:4] != b"PK\x01\x02" or len(head) != 46:
            raise NotABundle("the central directory is damaged")
        size, path_length, extra, comment, offset = struct.unpack("<24xLHHH8xL", head)
        path = file.read(path_length).decode("utf-8", "surrogateescape")
        file.seek(extra + comment, os.SEEK_CUR)
        start = offset + 30 + path_length
        if start + size > self.length:
            raise NotABundle("an entry does not lie within the file")
        if path in self.spans:
            self.repeated.append(path)
        self.spans[path], self.offsets[path] = (self.name, start, size), offset

    def bytes_at(self, position, length):
        with open(self.name, "rb") as file:
            file.seek(position)
            return file.read(length)


# ---- The checker -------------------------------------------------------------------------------------------------------

class Checker:
    def __init__(self, bundle):
        self.bundle, self.steps, self.figures = bundle, [], {}
        self.problems, self.total, self.missing = [], 0, set()  # problems are (file, line or None, sentence)
        self.key = self.about = None                            # the key of signer.pem; bundle.json where it is sound
        self.inputs, self.reported, self.naming = [], None, None

    def must(self, holds, file, line, sentence):
        """Everything that is checked goes through here: where it does not hold, that is a problem."""
        if not holds:
            self.total += 1
            if len(self.problems) < SHOWN:
                self.problems.append((file, line, sentence))
        return holds

    def run(self):
        steps = (("Container", self.container), ("Manifest", self.manifest), ("Signatures", self.signatures),
                 ("Contents", self.contents), ("Inputs", self.originals), ("Report", self.report))
        for number, (name, step) in enumerate(steps, 1):
            before = self.total
            try:
                said = step()
            except (OSError, RecursionError) as error:
                self.must(False, self.bundle.name, None, "step %d could not be finished: %s" % (number, error))
                said = "could not be finished"
            self.steps.append("%d. %s: %s: %s." % (number, name, said, plural(self.total - before, "problem")))

    # -- reading --

    def has(self, path):
        if path not in self.bundle.spans and path not in self.missing:
            self.missing.add(path)
            self.must(False, path, None, "this file is missing")
        return path in self.bundle.spans

    def small(self, path):
        """A small file whole, b"" where it is missing; one that is longer than this is wrong whatever it says."""
        return self.bundle.read(path, 4096) if self.has(path) else b""

    def lines(self, path, kind, counter=None):
        """The lines of a file of compact JSON: (number, bytes without line end, value or None where the line is wrong).
        `counter` names the member that must run from 1."""
        for number, line in enumerate(self.bundle.parts(path, by_line=True) if self.has(path) else (), 1):
            self.must(line.endswith(b"\n"), path, number, "the line has no line end")
            line, value = line.rstrip(b"\n"), None
            try:
                value = well_formed(line, kind, lambda value: [COMPACT(value)], "compact JSON")
                if counter and value[counter] != number:
                    self.must(False, path, number, "%s is %s and should be %d" % (counter, short(value[counter]), number))
            except Malformed as error:
                self.must(False, path, number, "the line %s" % error)
            yield number, line, value

    def document(self, path, kind):
        """A file of pretty-printed JSON, None where it is wrong."""
        try:
            return well_formed(self.bundle.read(path), kind, lambda value: itertools.chain(pretty(value), "\n"),
                               "pretty-printed JSON with two spaces and a line end") if self.has(path) else None
        except Malformed as error:
            self.must(False, path, None, "the file %s" % error)
            return None

    # -- 1. "The container is rebuilt from its entries and compared byte for byte." --

    def container(self):
        bundle, directory, position = self.bundle, [], 0
        for path in bundle.paths:
            self.must(sound_path(path), path, None, "a path has no empty, . or .. part, no backslash, no control character and is UTF-8")
        if not isinstance(bundle, Zip):
            return "left out, because this is an unpacked folder with %s" % plural(len(bundle.paths), "file")
        for path in bundle.repeated:
            self.must(False, path, None, "the path stands more than once in the container")
        for path in bundle.paths:
            directory.append(self.local_entry(path, position))
            position = sum(bundle.spans[path][1:])
        self.central_directory(directory, position)
        self.figures.update(entries=len(bundle.paths), container_bytes=bundle.length)
        return "%d entries and %d bytes, rebuilt and compared byte for byte" % (len(bundle.paths), bundle.length)

    def local_entry(self, path, position):
        """Compares the local header, which must stand at `position`; gives the entry for the central directory."""
        offset, size, name = self.bundle.offsets[path], self.bundle.spans[path][2], path_bytes(path)
        common = struct.pack("<HHHHHLLLHH", 20, 0x0800, 0, 0, 0x0021, self.bundle.digest(path), size, size, len(name), 0)
        self.must(offset == position, path, None, "the entry begins at byte %d of the container and should at %d" % (offset, position))
        self.must(self.bundle.bytes_at(offset, 30 + len(name)) == b"PK\x03\x04" + common + name, path, None,
                  "its local header in the container is not as it must be, or does not fit its bytes")
        return b"PK\x01\x02\x14\x03" + common + struct.pack("<HHHLL", 0, 0, 0, 0x81A40000, offset) + name

    def central_directory(self, directory, start):
        position, count = start, min(len(directory), 65535)
        self.must(count < 65535, self.bundle.name, None, "the container has 65,535 entries or more")
        for path, entry in zip(self.bundle.paths, directory):
            self.must(self.bundle.bytes_at(position, len(entry)) == entry, path, None,
                      "its entry in the central directory is not as it must be, or not at byte %d" % position)
            position += len(entry)
        end = struct.pack("<4sHHHHLLH", b"PK\x05\x06", 0, 0, count, count, position - start, start, 0)
        self.must(self.bundle.bytes_at(position, len(end) + 1) == end, self.bundle.name, None,
                  "the end record of the container is not as it must be, or not at byte %d" % position)

    # -- 2. "MANIFEST lists every file but itself and the signatures, once, in order, with its hash." --

    def manifest(self):
        for path in self.bundle.paths:
            self.must(path in FIXED or any(re.fullmatch(pattern, path, re.S) for pattern in (*LISTED.values(), *FREE)), path, None,
                      "no file of this name belongs into a bundle")
            self.check_text(path)
        for path in FIXED:
            self.has(path)
        listed, last = set(), b""
        for number, line in enumerate(self.bundle.parts("MANIFEST", by_line=True) if self.has("MANIFEST") else (), 1):
            match = re.fullmatch(rb"([0-9a-f]{64})  ([^\n]+)\n", line)
            if self.must(match, "MANIFEST", number, "the line is not a hash, two spaces, a path and a line end"):
                path = match.group(2).decode("utf-8", "surrogateescape")
                listed.add(path)
                self.must(match.group(2) > last, "MANIFEST", number, "%s stands twice or out of order" % short(path))
                last = match.group(2)
                if self.must(path in self.bundle.spans and path != "MANIFEST" and path not in SIGNATURES, "MANIFEST", number,
                             "%s is not in the bundle or must not be listed" % short(path)):
                    self.must(self.bundle.sha256(path) == match.group(1).decode(), "MANIFEST", number,
                              "%s has another hash than the one listed" % short(path))
        for path in self.bundle.paths:
            self.must(path in listed or path == "MANIFEST" or path in SIGNATURES, path, None, "MANIFEST does not list this file")
        self.figures["files"] = len(listed)
        return "%s listed, hashed and compared" % plural(len(listed), "file")

    def check_text(self, path):
        """"All texts are UTF-8 without byte order mark, lines end with LF": those of which no other step reads each line.
        The cells of CSV files may hold other line ends."""
        if path.endswith((".txt", ".md", ".py", ".csv", "/report.json")) and not path.startswith("inputs/"):
            for number, line in enumerate(self.bundle.parts(path, by_line=True), 1):
                self.must(number > 1 or not line.startswith(b"\xef\xbb\xbf"), path, 1, "the text begins with a byte order mark")
                self.must(line.endswith(b"\n") and (path.endswith(".csv") or not line.endswith(b"\r\n")), path, number,
                          "the line does not end with LF")
                self.must(line.decode("utf-8", "ignore").encode() == line, path, number, "the line is not UTF-8")

    # -- 3. "Both signatures hold under the key of signer.pem; signer.pub and signer in bundle.json name the same key." --

    def signatures(self):
        self.about, key = self.document("bundle.json", BUNDLE), self.read_key()
        if not self.must(usable_key(key), "signer.pem", None, "this is not a usable Ed25519 public key in PEM"):
            return "cannot be checked without a key"
        self.key, signature = key, self.small("MANIFEST.sig")
        self.must(self.has("MANIFEST") and signature_holds(key, self.bundle.read("MANIFEST"), signature), "MANIFEST.sig", None,
                  "the signature over MANIFEST does not hold under the key of signer.pem")
        self.minisign(signature)
        signer = {"words": words_of(key), "key_id": printed_key_id(key), "public_key": base64.b64encode(key).decode()}
        self.must(not self.about or self.about["signer"] == signer, "bundle.json", None, "signer does not name the key of signer.pem")
        return "two signatures under key %s, which three files name" % printed_key_id(key)

    def read_key(self):
        """SubjectPublicKeyInfo of Ed25519 (RFC 8410) in PEM: twelve fixed bytes and the key; 32 bytes 0 where it is not."""
        match = re.fullmatch(rb"-----BEGIN PUBLIC KEY-----\n([^\n]*)\n-----END PUBLIC KEY-----\n", self.small("signer.pem"))
        der = from_base64(match.group(1)) if match else b""
        return der[12:] if len(der) == 44 and der[:12] == bytes.fromhex("302a300506032b6570032100") else bytes(32)

    def minisign(self, signature):
        """The same key and signature as minisign writes them. What is signed once more: "the 64 bytes followed by the text"."""
        public = base64.b64encode(b"Ed" + key_id_of(self.key) + self.key)
        self.must(self.small("signer.pub") == b"untrusted comment: minisign public key %s\n%s\n" % (
            printed_key_id(self.key).encode(), public), "signer.pub", None, "this is not the key of signer.pem in the form of minisign")
        comment, data = b"scrutineer bundle 1", self.small("MANIFEST.minisig")
        begin = b"untrusted comment: signature of an evidence bundle\n%s\ntrusted comment: %s\n" % (
            base64.b64encode(b"Ed" + key_id_of(self.key) + signature), comment)
        self.must(data.startswith(begin), "MANIFEST.minisig", None, "lines 1 to 3 are not MANIFEST.sig in the form of minisign")
        self.must(data.endswith(b"\n") and signature_holds(self.key, signature + comment, from_base64(data[len(begin):-1])),
                  "MANIFEST.minisig", 4, "the signature over the signature and the trusted comment does not hold")

    # -- 4. "tables, verdicts with the Merkle root, chains, counts and ledger agree with what bundle.json says of them, and with
    #       one another." --

    def contents(self):
        about, figures = self.about, self.figures
        if about is None:
            return "cannot be checked without a sound bundle.json"
        self.inputs = [(number, value) for number, _, value in self.lines("inputs.jsonl", INPUT) if value]
        self.read_report()
        for part in LISTED:
            figures[part] = self.named_files(part)
        figures["rows"] = sum(self.table(table) for table in about["tables"])
        if about["verdicts"]["table"] not in [table["path"] for table in about["tables"]]:
            self.verdicts_without_table()
        figures["links"] = sum(self.chain(chain) for chain in about["chains"])
        figures["ballots"] = sum(self.count(entry) for entry in about["counts"])
        figures["acts"] = self.ledger()
        words = (("tables", "table"), ("rows", "row"), ("verdicts", "verdict"), ("chains", "chain"), ("links", "link"),
                 ("counts", "count"), ("ballots", "ballot"), ("acts", "act"))
        return "%s of the ledger" % ", ".join(plural(figures.get(name, 0), word) for name, word in words)

    def named_files(self, part):
        """The files of a folder are those that bundle.json names, each once."""
        named = Counter(entry["path"] for entry in self.about[part])
        for place, (path, times) in enumerate(named.items(), 1):
            self.must(times == 1 and re.fullmatch(LISTED[part], path) and (part != "counts" or path == "counts/%d.json" % place),
                      "bundle.json", None, "%s names %s twice, or where it must not be" % (part, short(path)))
        for path in self.bundle.paths:
            self.must(path in named or not re.fullmatch(LISTED[part], path), path, None, "bundle.json does not name this file")
        return len(named)

    def table(self, table):
        """Reads one table, together with the verdicts where they belong to it; gives the number of rows."""
        path, number, inputs = table["path"], 0, {value["path"] for _, value in self.inputs}
        rows = self.lines(path, ROW, "place")
        if path == self.about["verdicts"]["table"]:
            rows = self.with_verdicts(path, rows)
        for number, _, row in rows:
            self.must(not row or row["file"] in inputs, path, number, "the row is from a file that inputs.jsonl does not name")
            self.must(not row or row["row"] > 0, path, number, "row is 0 and rows are counted from 1")
        self.must(number == table["rows"], path, None, "there are %d rows and bundle.json says %d" % (number, table["rows"]))
        return number

    def with_verdicts(self, path, rows):
        """"Line N belongs to line N of the table that bundle.json names." Passes the rows on."""
        tree, summary, number = MerkleTree(), Counter(), 0
        for row, verdict in itertools.zip_longest(rows, self.lines("verdicts.jsonl", VERDICT, "place")):
            if verdict:
                number = verdict[0]
                tree.add(verdict[1])
                summary.update([verdict[2]["verdict"]] if verdict[2] else [])
                self.must(row, "verdicts.jsonl", number, "there is no such row in %s" % path)
            if row:
                self.must(verdict, path, row[0], "the row has no verdict")
                yield row
            if row and row[2] and verdict and verdict[2]:
                self.verdict(number, row[1], row[2], verdict[2])
        self.verdict_figures(number, tree.root(), summary)

    def verdict(self, number, line, row, verdict):
        def must(holds, sentence):
            self.must(holds, "verdicts.jsonl", number, sentence)
        codes = verdict["codes"]
        must(verdict["key"] == row["key"], "key is not that of the row")
        must(verdict["row_sha256"] == hashlib.sha256(line).hexdigest(), "row_sha256 is not the hash of the row")
        must(codes == sorted(set(codes)), "codes are not sorted or repeat")
        if self.naming:
            for code in self.naming.subjects.get(row["key"], set()).difference(codes):
                must(False, "a finding %s of the report names this row and stands not among its codes" % short(code))
            for code in codes:
                must(self.naming.may_name(code, row), "no finding %s of the report names this row" % short(code))
            low, high = self.naming.severity(codes)
            must(low <= max(VERDICTS.index(verdict["verdict"]) - 1, 0) <= high,
                 "%s does not follow from the severity of the findings" % verdict["verdict"])

    def verdicts_without_table(self):
        number, table = 0, self.about["verdicts"]["table"]
        self.must(table is None, "bundle.json", None, "verdicts belong to %s, which is no table of the bundle" % short(table))
        for number, _, _ in self.lines("verdicts.jsonl", VERDICT, "place"):
            self.must(False, "verdicts.jsonl", number, "there is no row for this verdict")
        self.verdict_figures(number, MerkleTree().root(), Counter())

    def verdict_figures(self, rows, root, summary):
        said, self.figures["verdicts"] = self.about["verdicts"], rows
        self.must(rows == said["rows"], "verdicts.jsonl", None, "there are %d verdicts and bundle.json says %d" % (rows, said["rows"]))
        self.must(root == said["merkle_root"], "verdicts.jsonl", None, "the Merkle root of the lines is not the one in bundle.json")
        self.must(summary == Counter({name: rows for name, rows in said["summary"].items() if rows}), "bundle.json", None,
                  "summary does not give the number of rows by verdict")

    def chain(self, chain):
        """Hashes every text again and follows the links; gives the number of links."""
        path, number, before, breaks, untold, first = chain["path"], 0, chain["genesis"], 0, 0, []
        for number, _, link in self.lines(path, LINK, "place"):
            if link:
                kinds, text = [], link["text"]
                untold += text is None
                self.must(text is None or link["previous"] in text, path, number, "the text does not contain previous")
                if text is not None and hash_of(chain["algorithm"], text) != link["hash"]:
                    kinds.append("hash")
                if before is not None and link["previous"] != before:
                    kinds.append("link")
                breaks, before = breaks + len(kinds), link["hash"]
                first += [{"place": number, "kind": kind} for kind in kinds][:100 - len(first)]
        self.must(number == chain["links"], path, None, "there are %d links and bundle.json says %d" % (number, chain["links"]))
        self.must(chain["head"] == (before if number else None), path, None, "the last hash is not the head in bundle.json")
        self.must(untold == chain["untold"], path, None, "%d texts are untold and bundle.json says %d" % (untold, chain["untold"]))
        self.must(breaks == chain["breaks"], path, None, "there are %d breaks and bundle.json says %d" % (breaks, chain["breaks"]))
        self.must(first == chain["problems"], path, None, "the problems of the chain are not those in bundle.json")
        return number

    def count(self, entry):
        """Checks one contest; gives the number of its ballots."""
        path, count = entry["path"], self.document(entry["path"], CONTEST)
        if count is None:
            return 0
        self.must((count["contest"], count["rule"]) == (entry["contest"], entry["rule"]), path, None,
                  "contest and rule are not those in bundle.json")
        numbers, elected = [candidate["number"] for candidate in count["candidates"]], count["elected"]
        sound = self.must(numbers == list(range(1, len(numbers) + 1)), path, None, "the candidates are not numbered from 1")
        sound &= self.must(len(set(elected)) == len(elected) and set(elected) <= set(numbers), path, None,
                           "elected names a candidate twice or one who does not stand")
        numbers = set(numbers)
        for place, (_, marks) in enumerate(count["ballots"], 1):
            sound &= self.must(numbers.issuperset(itertools.chain.from_iterable(marks)), path, None,
                               "ballot %d marks a candidate who does not stand" % place)
        if sound and count["rule"] in COUNTED_AGAIN:
            self.count_again(path, count)
        return len(count["ballots"])

    def count_again(self, path, count):
        """The table of rules in "Counts": whom the votes of a ballot go to."""
        totals = {candidate["number"]: Fraction(0) for candidate in count["candidates"]}
        for votes, marks in count["ballots"]:
            first = marks[0] if marks else []
            takers = {"plurality": first if len(first) == 1 else [], "logbook-plurality": first[:1]}
            for candidate in set(takers.get(count["rule"], itertools.chain.from_iterable(marks))):
                totals[candidate] += Fraction(votes)
        first = count["rounds"][0] if count["rounds"] else None
        said = first.get("votes") if isinstance(first, dict) and first.get("round") == 1 and first["round"] is not True else None
        if self.must(isinstance(said, dict) and all(map(is_number_text, said.values())), path, None,
                     "there is no round 1 with the votes of the candidates"):
            self.must(set(said) <= set(map(str, totals)), path, None, "round 1 has votes of a candidate who does not stand")
            for number, total in totals.items():
                self.must(Fraction(said.get(str(number), "0")) == total, path, None,
                          "the ballots give candidate %d another total than round 1 says" % number)
        self.most_votes(path, count, totals)

    def most_votes(self, path, count, totals):
        """"The elected are the candidates with the most votes". The logbook rules elect together all who are level at the last
        seat, so only those above them fill seats for certain; and they may elect nobody."""
        elected = [totals[number] for number in count["elected"]]
        exactly = not count["rule"].startswith("logbook-") and min(count["seats"], len(totals))
        self.must(exactly is False or len(elected) == exactly, path, None, "not as many are elected as there are seats")
        others = [total for number, total in totals.items() if number not in count["elected"]]
        if elected:
            last, best = min(elected), max(others, default=Fraction(-1))
            self.must(last > best or (last == best and count["ties"]), path, None, "the elected are not the candidates with the most votes")
            certain = sum(total > last for total in elected) + 1 if count["rule"].startswith("logbook-") else len(elected)
            self.must(certain <= count["seats"], path, None, "more candidates are elected than there are seats")

    def ledger(self):
        path, number, before, said = "ledger.jsonl", 0, "0" * 64, self.about["ledger"]
        for number, _, act in self.lines(path, ACT, "number"):
            if act:
                parts = [str(act["number"]), act["at"], act["actor"], act["act"], act["detail"], act["previous"]]
                self.must(not any("\n" in part for part in parts[:4]), path, number,
                          "at, actor or act has a line end, so that the hash does not tell where it ends")
                self.must(hash_of("sha256", "\n".join(parts)) == act["hash"], path, number, "hash does not fit the act")
                self.must(act["previous"] == before, path, number, "previous is not the hash of the act before")
                before = act["hash"]
        self.must(number == said["entries"], path, None, "there are %d acts and bundle.json says %d" % (number, said["entries"]))
        self.must(before == said["head"], path, None, "the last hash is not the head in bundle.json")
        return number

    # -- 5. "inputs.jsonl agrees with the bundled inputs." --

    def originals(self):
        if self.about is None:
            return "cannot be checked without a sound bundle.json"
        seen, spans = set(), self.bundle.spans
        here = [(number, value) for number, value in self.inputs if value["bundled"] is not None]
        for number, value in here:
            path = value["bundled"]
            if self.must(path.startswith("inputs/") and path in spans and path not in seen, "inputs.jsonl", number,
                         "%s is no input in the bundle or was named before" % short(path)):
                self.must((spans[path][2], self.bundle.sha256(path)) == (value["bytes"], value["sha256"]), "inputs.jsonl", number,
                          "%s has another length or hash than this line says" % short(path))
            seen.add(path)
        for path in self.bundle.paths:
            self.must(path in seen or not path.startswith("inputs/"), path, None, "inputs.jsonl does not name this file")
        missing, said = len(self.inputs) - len(here), self.about["without_originals"]
        self.must(missing == said, "inputs.jsonl", None, "%d originals are missing and bundle.json says %d" % (missing, said))
        self.figures.update(inputs=len(self.inputs), without_originals=missing)
        return "%s listed, %s hashed and compared" % (plural(len(self.inputs), "input"), plural(len(here), "bundled original"))

    # -- 6. "report/report.json names the election with the same verdict, and the same hashes of inputs." --

    def read_report(self):
        """Reads the report, and what its findings say about rows: step 4 compares the verdicts with that."""
        path = "report/report.json"
        try:
            report = parse_json(self.bundle.read(path))[1] if self.has(path) else None
            elections, wanted = list(report["elections"]), self.about["election_id"]
            its = [entry for entry in elections if entry["election_id"] == wanted]
            findings = [finding for part in (report, *its) for finding in part["findings"]]
            self.naming = Naming(findings) if len(its) == (wanted is not None) else None
            self.reported = (report, elections, its, [[entry[name] for name in INPUT[2] if name != "bundled"] for entry in report["inputs"]])
        except Malformed as error:
            self.must(False, path, None, "the file %s" % error)
        except (KeyError, TypeError, AttributeError):
            self.must(path in self.missing, path, None, "this is not a report with inputs, elections and findings")

    def report(self):
        if self.reported is None:
            return "cannot be checked without a sound bundle.json and report"
        path, (report, elections, its, reported) = "report/report.json", self.reported
        election, incident = self.about["election_id"], self.about["incident_id"]
        self.must(election is None or incident is None, "bundle.json", None, "it names an election and an incident")
        self.must(len(elections) == len(its) == (election is not None), path, None, "the report does not name the election alone and once")
        if incident is not None:
            its = [report]
            self.must(report.get("incident_id") == incident, path, None, "the report is about another incident")
        elif election is None:
            critical = any(finding["severity"] == "critical" for finding in report["findings"])
            self.must(critical == (self.about["verdict"] == "contradicted"), path, None, "the verdict is not what the findings say")
        for part, name in itertools.product(its, ("verdict", "title", "system")):
            self.must(part.get(name) == self.about[name], path, None, "%s is not as in bundle.json" % name)
        ours = Counter(COMPACT(list(value.values())[:-1]) for _, value in self.inputs)
        theirs = Counter(map(COMPACT, reported))
        for entry in ours - theirs:
            self.must(False, "inputs.jsonl", None, "the report does not name this input, or not alike: %s" % short(entry))
        for entry in theirs - ours:
            self.must(False, path, None, "inputs.jsonl does not name this input of the report, or not alike: %s" % short(entry))
        return "%s with verdict %s, and %s compared" % (
            "election " + short(election) if election else "incident " + short(incident) if incident else "export", short(self.about["verdict"]), plural(len(reported), "input"))


class Naming:
    """Which findings of the report name which rows. A row is named by its key among the subjects, or by file and row."""

    def __init__(self, findings):
        self.subjects, self.places, self.severities, self.cut = {}, {}, {}, set()
        for finding in findings:
            code = finding["code"]
            self.severities.setdefault(code, set()).add({"info": 0, "critical": 2}.get(finding["severity"], 1))
            for subject in finding["subjects"]:
                self.subjects.setdefault(subject, set()).add(code)
            for place in finding["evidence"]:
                self.places.setdefault((place["path"], place["row"]), set()).add(code)
            if finding["count"] > len(finding["subjects"]):     # the report leaves subjects out where there are many
                self.cut.add(code)

    def may_name(self, code, row):
        return code in self.subjects.get(row["key"], ()) or code in self.places.get((row["file"], row["row"]), ()) or code in self.cut

    def severity(self, codes):
        """The least and the greatest severity that these codes can mean together: 0 info, 2 critical, 1 between."""
        known = [self.severities.get(code, {0, 2}) for code in codes] or [{0}]
        return max(map(min, known)), max(map(max, known))


class MerkleTree:
    """"the hash of RFC 6962 over the lines", which come one by one. Keeps the roots of complete trees, the largest first."""

    def __init__(self):
        self.roots = []                                         # pairs of number of leaves and hash

    def add(self, line):
        size, node = 1, hashlib.sha256(b"\0" + line).digest()
        while self.roots and self.roots[-1][0] == size:
            size, node = 2 * size, hashlib.sha256(b"\1" + self.roots.pop()[1] + node).digest()
        self.roots.append((size, node))

    def root(self):
        node = self.roots[-1][1] if self.roots else hashlib.sha256(b"").digest()
        for _, left in reversed(self.roots[:-1]):
            node = hashlib.sha256(b"\1" + left + node).digest()
        return node.hex()


# ---- Small helpers and the command -------------------------------------------------------------------------------------

def well_formed(data, kind, write, form):
    """The value of a JSON text that has this shape and is written in exactly this form; raises Malformed."""
    text, value = parse_json(data)
    fault = fault_of(value, kind[2])
    if fault:
        raise Malformed("is wrong: %s" % fault)
    try:
        written = "".join(write(value))
    except RecursionError:
        raise Malformed("is nested too deeply")
    if written != text:
        raise Malformed("is not written as %s" % form)
    return value


def hash_of(algorithm, text):
    return hashlib.new(algorithm, text.encode("utf-8")).hexdigest()


def sound_path(path):
    """"Paths use `/`, never begin with it, have no empty, `.` or `..` part, no backslash and no control character." """
    return ("\\" not in path and not any(part in ("", ".", "..") for part in path.split("/"))
            and not any(unicodedata.category(letter) in ("Cc", "Cs") for letter in path))


def short(value):
    return str(value) if len(str(value)) <= 120 else str(value)[:120] + "..."


def plural(number, word):
    return "%s %s%s" % (number or "no", word, "" if number == 1 else "s")


def printable(text):
    """Nothing in a bundle may steer the terminal."""
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text)


def print_words(checker, signer, matches):
    lines = checker.steps + ["Problem: %s%s: %s." % (file, "" if line is None else ", line %d" % line, sentence)
                             for file, line, sentence in checker.problems]
    told = "" if checker.total <= SHOWN else ", of which the first %d are shown" % SHOWN
    lines += ["Result: %s%s." % (plural(checker.total, "problem"), told), "Signed by: %s" % (signer or "cannot be told")]
    if matches is None:
        lines.append("Compare these words with those that the signer gave you by another way; only then do they prove something.")
    else:
        lines.append("These are the words given with --signer." if matches else "These are NOT the words given with --signer.")
    print("\n".join(map(printable, lines)))


def print_json(checker, signer):
    problems = [{"file": printable(file), "line": line, "problem": printable(text)} for file, line, text in checker.problems]
    print(json.dumps({"schema": "scrutineer/bundle-check/1", "ok": checker.total == 0, "signer": signer, "problems": problems,
                      "checked": dict(checker.figures, problems=checker.total)}, indent=2))


def main(arguments=None):
    for stream in (sys.stdout, sys.stderr):
        getattr(stream, "reconfigure", lambda **_: None)(errors="backslashreplace")
    parser = argparse.ArgumentParser(description="Checks an evidence bundle.",
                                     epilog="Exit code: 0 nothing is wrong, 1 something is, 2 wrong use or not a bundle.")
    parser.add_argument("bundle", metavar="BUNDLE.zip", help="the bundle, or a folder into which it was unpacked")
    parser.add_argument("--signer", metavar="WORDS", help="the five words of the signer, learnt by another way")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args(arguments)
    try:
        checker = Checker((Folder if os.path.isdir(options.bundle) else Zip)(options.bundle))
        checker.run()
    except (NotABundle, OSError) as error:
        print(printable("%s cannot be read as a bundle: %s." % (options.bundle, error)), file=sys.stderr)
        return 2
    except Exception as error:                                  # a fault of this program must never look like an answer
        print(printable("The check broke off: %s (%s)." % (error, type(error).__name__)), file=sys.stderr)
        return 2
    signer = words_of(checker.key) if checker.key else None
    matches = None if options.signer is None else options.signer.strip().lower() == signer
    checker.must(matches is not False, "signer.pem", None, "the signer is not the one given with --signer")
    if options.json:
        print_json(checker, signer)
    else:
        print_words(checker, signer, matches)
    return 1 if checker.total else 0


if __name__ == "__main__":
    sys.exit(main())
