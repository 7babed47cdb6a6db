//! The smallest ZIP writer there is: members as they are given, so that hostile names, sizes and marks can be written.

use std::path::Path;

/// One member of an archive.
#[derive(Clone, Debug, Default)]
pub struct Member {
    /// Its name, bytes as they go into the archive.
    pub name: Vec<u8>,
    /// What is stored, packed or not.
    pub packed: Vec<u8>,
    /// How it is packed: 0 stored, 8 deflated.
    pub method: u16,
    /// Marks: bit 0 says that it is encrypted.
    pub marks: u16,
    /// Size that it claims to have; none is what its stored bytes have.
    pub claims: Option<u32>,
    /// Checksum of the unpacked bytes; none is that of the stored ones.
    pub checksum: Option<u32>,
    /// File mode in the upper half, as Unix writes it (0o120777 is a link).
    pub mode: u32,
    /// Where the directory says that it begins; none is the truth.
    pub begins_at: Option<u32>,
}

impl Member {
    /// A stored member.
    pub fn stored(name: &str, bytes: &[u8]) -> Self {
        Self { name: name.as_bytes().to_owned(), packed: bytes.to_owned(), ..Self::default() }
    }
}

/// Writes stored members to a file.
///
/// # Panics
/// Where it cannot be written.
pub fn write(path: &Path, members: &[(&str, &[u8])]) {
    let members: Vec<Member> = members.iter().map(|(name, bytes)| Member::stored(name, bytes)).collect();
    std::fs::write(path, bytes(&members)).expect("written");
}

/// The bytes of an archive.
pub fn bytes(members: &[Member]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut directory = Vec::new();
    for member in members {
        let offset = member.begins_at.unwrap_or(short(out.len()));
        let claims = member.claims.unwrap_or(short(member.packed.len()));
        let mut common = vec![20, 0];
        common.extend(member.marks.to_le_bytes());
        common.extend(member.method.to_le_bytes());
        common.extend([0; 4]);
        common.extend(member.checksum.unwrap_or_else(|| checksum(&member.packed)).to_le_bytes());
        common.extend(short(member.packed.len()).to_le_bytes());
        common.extend(claims.to_le_bytes());
        common.extend(u16::try_from(member.name.len()).unwrap_or(u16::MAX).to_le_bytes());
        out.extend(b"PK\x03\x04");
        out.extend(&common);
        out.extend([0, 0]);
        out.extend(&member.name);
        out.extend(&member.packed);
        // The upper byte of "made by" is the system: 3 is Unix, whose mode stands in the attributes.
        directory.extend(b"PK\x01\x02\x14\x03");
        directory.extend(&common);
        directory.extend([0; 8]);
        directory.extend((member.mode << 16).to_le_bytes());
        directory.extend(offset.to_le_bytes());
        directory.extend(&member.name);
    }
    let count = u16::try_from(members.len()).unwrap_or(u16::MAX).to_le_bytes();
    let (start, length) = (short(out.len()), short(directory.len()));
    out.extend(&directory);
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend(count);
    out.extend(count);
    out.extend(length.to_le_bytes());
    out.extend(start.to_le_bytes());
    out.extend([0, 0]);
    out
}

fn short(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

/// The checksum of ZIP and gzip (CRC-32).
pub fn checksum(bytes: &[u8]) -> u32 {
    let mut crc = 0xffff_ffffu32;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
        }
    }
    !crc
}
