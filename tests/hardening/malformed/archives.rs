//! ZIP archives and gzip files: cut off, hostile, wrong about themselves, or far larger inside than outside.

use std::fs;
use std::io::Write;

use testkit::archive::{self, Member};

use super::{Bad, Must, fixture};

pub(crate) fn all() -> Vec<Bad> {
    let mut all = truncated();
    all.extend(hostile());
    all.extend(bombs());
    all
}

fn good() -> Vec<u8> {
    archive::bytes(&[
        Member::stored("export/votes.json", &fixture("votes.json")),
        Member::stored("export/elections.json", &fixture("elections.json")),
    ])
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).expect("packed");
    encoder.finish().expect("packed")
}

fn deflated(name: &str, bytes: &[u8]) -> Member {
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).expect("packed");
    Member {
        method: 8,
        claims: u32::try_from(bytes.len()).ok(),
        checksum: Some(archive::checksum(bytes)),
        ..Member::stored(name, &encoder.finish().expect("packed"))
    }
}

fn truncated() -> Vec<Bad> {
    let mut all = vec![
        Bad::file("an archive as it should be", Must::Read, "export.zip", good()),
        Bad::file("a packed table as it should be", Must::Read, "votes.json.gz", gzip(&fixture("votes.json"))),
    ];
    let (zip, packed) = (good(), gzip(&fixture("audit_shipping.jsonl")));
    for part in 1..=8 {
        let cut = zip.len() * part / 8 - part * 5;
        all.push(Bad::file(
            format!("export.zip cut after {cut} bytes"),
            Must::Refuse,
            "export.zip",
            zip[..cut].to_owned(),
        ));
        let cut = packed.len() * part / 8 - part;
        let name = "audit_archive_1-2.jsonl.gz";
        all.push(Bad::file(format!("{name} cut after {cut} bytes"), Must::Refuse, name, packed[..cut].to_owned()));
    }
    for at in [packed.len() / 3, packed.len() - 6] {
        let mut changed = packed.clone();
        changed[at] ^= 0x20;
        let name = "audit_archive_1-2.jsonl.gz";
        all.push(Bad::file(format!("{name}: byte {at} is another"), Must::Refuse, name, changed));
    }
    all
}

fn hostile() -> Vec<Bad> {
    let votes = fixture("votes.json");
    let mut all = Vec::new();
    for name in [
        "../../votes.json",
        "/etc/votes.json",
        "a/../../votes.json",
        "..\\..\\votes.json",
        "C:\\votes.json",
        "C:/votes.json",
        "votes\0.json",
        "\\\\server\\votes.json",
    ] {
        let bytes = archive::bytes(&[Member::stored(name, &votes)]);
        let must = if name == "C:/votes.json" { Must::EndWell } else { Must::RefuseAt("outside the archive") };
        all.push(Bad::file(format!("a member named {name:?}"), must, "export.zip", bytes));
    }
    let one = |change: fn(&mut Member)| {
        let mut member = Member::stored("votes.json", &fixture("votes.json"));
        change(&mut member);
        archive::bytes(&[member])
    };
    for (what, must, bytes) in [
        ("a member that is encrypted", Must::RefuseAt("password"), one(|it| it.marks = 1)),
        ("a member packed in an unknown way", Must::Refuse, one(|it| it.method = 99)),
        ("a member packed in an old way", Must::Refuse, one(|it| it.method = 6)),
        ("a wrong checksum", Must::Refuse, one(|it| it.checksum = Some(1))),
        ("a size claimed too small", Must::EndWell, one(|it| it.claims = Some(10))),
        ("a size claimed far too large", Must::EndWell, one(|it| it.claims = Some(u32::MAX - 1))),
        ("deflated text that is none", Must::Refuse, one(|it| it.method = 8)),
        ("a member that begins nowhere", Must::Refuse, one(|it| it.begins_at = Some(u32::MAX - 1))),
        ("a member without a name", Must::EndWell, one(|it| it.name.clear())),
        ("a member whose name is no UTF-8", Must::EndWell, one(|it| it.name = b"votes\xff.json".to_vec())),
        ("a member with a very long name", Must::EndWell, one(|it| it.name = vec![b'a'; 60_000])),
        ("a link", Must::Refuse, one(|it| it.mode = 0o120_777)),
        ("a folder named votes.json", Must::Refuse, one(|it| it.name = b"votes.json/".to_vec())),
        ("an archive without members", Must::Refuse, archive::bytes(&[])),
        ("an archive with text in front", Must::EndWell, [b"PK\x03\x04".to_vec(), good()].concat()),
        ("an archive with text behind", Must::EndWell, [good(), b"trailing text".to_vec()].concat()),
        (
            "a member twice",
            Must::EndWell,
            archive::bytes(&[Member::stored("votes.json", &votes), Member::stored("votes.json", &votes[..100])]),
        ),
        (
            "a name in two cases",
            Must::EndWell,
            archive::bytes(&[Member::stored("votes.json", &votes), Member::stored("VOTES.JSON", &votes)]),
        ),
        ("an archive in an archive", Must::Refuse, archive::bytes(&[Member::stored("inner.zip", &good())])),
        (
            "a case in an archive",
            Must::Refuse,
            archive::bytes(&[Member::stored("case.scrutineer", b"SQLite format 3\0")]),
        ),
    ] {
        all.push(Bad::file(what, must, "export.zip", bytes));
    }
    for at in [4, 8, 18, 22, 26, 30] {
        let mut bytes = good();
        bytes[at] ^= 0xff;
        all.push(Bad::file(
            format!("export.zip: byte {at} of the first member is another"),
            Must::EndWell,
            "export.zip",
            bytes,
        ));
        let mut bytes = good();
        let directory = bytes.len() - 22 - 2 * 46 - "export/votes.jsonexport/elections.json".len();
        bytes[directory + at] ^= 0xff;
        all.push(Bad::file(
            format!("export.zip: byte {at} of the directory is another"),
            Must::EndWell,
            "export.zip",
            bytes,
        ));
    }
    all
}

fn bombs() -> Vec<Bad> {
    let zeros = |mebibytes: usize| vec![0u8; mebibytes << 20];
    vec![
        Bad::new("a member that grows a thousandfold", Must::RefuseAt("measure"), move |folder| {
            let path = folder.join("export.zip");
            fs::write(&path, archive::bytes(&[deflated("votes.json", &zeros(200))])).expect("written");
            path
        }),
        Bad::new("members that begin at the same place", Must::Refuse, move |folder| {
            let path = folder.join("export.zip");
            let first = deflated("votes.json", &zeros(60));
            let again = |number: usize| Member {
                name: format!("v{number}.json").into_bytes(),
                begins_at: Some(0),
                ..first.clone()
            };
            let members: Vec<Member> = std::iter::once(first.clone())
                .chain((0..2000).map(|number| Member { packed: Vec::new(), ..again(number) }))
                .collect();
            fs::write(&path, archive::bytes(&members)).expect("written");
            path
        }),
        Bad::new("sixty thousand members", Must::Refuse, |folder| {
            let path = folder.join("export.zip");
            let members: Vec<Member> =
                (0..60_000).map(|number| Member::stored(&format!("f{number}.txt"), b"nothing")).collect();
            fs::write(&path, archive::bytes(&members)).expect("written");
            path
        }),
        Bad::new("a packed log that grows a thousandfold", Must::Refuse, move |folder| {
            let path = folder.join("audit_archive_1-2.jsonl.gz");
            fs::write(&path, gzip(&zeros(300))).expect("written");
            path
        }),
        Bad::new("a packed list that grows a thousandfold", Must::EndWell, move |folder| {
            let path = folder.join("votes.json.gz");
            let spaces = vec![b' '; 300 << 20];
            fs::write(
                &path,
                gzip(
                    &[b"[{\"election_id\":1,\"candidate_id\":1,\"voted_at\":1,\"id\":".as_slice(), &spaces, b"1}]"]
                        .concat(),
                ),
            )
            .expect("written");
            path
        }),
    ]
}
