//! What a ballot costs until it is on the disk, beside a bare transaction of the same bytes in a database with the same settings.

use std::path::Path;
use std::time::Instant;

use domain::election::{SecondBallot, Secrecy};
use rusqlite::{Connection, params};

use crate::office::{Office, choices};

/// What a ballot is measured against: a bare transaction of the same bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    /// All bytes in one row.
    OneRow,
    /// Three rows as a ballot writes them: the ballot and its act at the ends of their tables, and the mark at its credential
    /// wherever that lies.
    ThreeRows,
}

/// Median time of a ballot over the median time of the bare transaction; both take turns.
///
/// # Errors
/// Where a file cannot be made or a ballot is refused.
pub fn ratio_to_bare(folder: &Path, ballots: usize, peer: Peer) -> Result<f64, Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir_in(folder)?;
    let mut office = Office::found(folder.path());
    let id = office.draft(Secrecy::Secret, SecondBallot::Refuse, ballots);
    let codes = office.open(&id);
    let mut booth = office.booth(&id);
    let bare = bare(&folder.path().join("peer.db"), ballots)?;
    let (mut ours, mut theirs) = (Vec::with_capacity(ballots), Vec::with_capacity(ballots));
    let mut bytes = (0, 0);
    for (number, (_, code)) in codes.iter().enumerate() {
        let started = Instant::now();
        office.case.cast(
            &mut booth,
            code,
            &choices(if number % 2 == 0 { "ash" } else { "birch" }, &["elm", "fir", "cedar"]),
        )?;
        ours.push(started.elapsed().as_secs_f64());
        if number == 0 {
            bytes = bytes_of_a_ballot(&office, &id)?;
        }
        let data = vec![u8::try_from(number % 251)?; bytes.0 + bytes.1];
        let started = Instant::now();
        bare.execute_batch("BEGIN IMMEDIATE")?;
        let mut insert = bare.prepare_cached("INSERT INTO ballot (data) VALUES (?1)")?;
        match peer {
            Peer::OneRow => insert.execute([&data])?,
            Peer::ThreeRows => {
                insert.execute([&data[..bytes.0]])?;
                bare.prepare_cached("UPDATE credential SET uses = uses + 1 WHERE id = ?1")?
                    .execute([credential(number)])?;
                bare.prepare_cached("INSERT INTO act (data) VALUES (?1)")?.execute([&data[bytes.0..]])?
            }
        };
        drop(insert);
        bare.execute_batch("COMMIT")?;
        theirs.push(started.elapsed().as_secs_f64());
    }
    let (ours, theirs) = (median(ours), median(theirs));
    eprintln!("a ballot {:.3} ms, {} bytes bare {:.3} ms", ours * 1e3, bytes.0 + bytes.1, theirs * 1e3);
    Ok(ours / theirs)
}

/// A database with the settings of a case, and so many credentials in it.
fn bare(path: &Path, credentials: usize) -> Result<Connection, Box<dyn std::error::Error>> {
    let bare = Connection::open(path)?;
    bare.pragma_update(None, "page_size", 16384)?;
    bare.pragma_update(None, "journal_mode", "wal")?;
    bare.pragma_update(None, "synchronous", "full")?;
    bare.execute_batch(
        "CREATE TABLE ballot (id INTEGER PRIMARY KEY, data BLOB);
         CREATE TABLE credential (id BLOB PRIMARY KEY, uses INTEGER, data BLOB) WITHOUT ROWID;
         CREATE TABLE act (id INTEGER PRIMARY KEY, data BLOB);
         BEGIN",
    )?;
    for number in 0..credentials {
        let mut insert = bare.prepare_cached("INSERT INTO credential VALUES (?1, 0, ?2)")?;
        insert.execute(params![credential(number), vec![0_u8; 150]])?;
    }
    bare.execute_batch("COMMIT")?;
    Ok(bare)
}

/// Sixteen bytes that lie anywhere among the others.
fn credential(number: usize) -> [u8; 16] {
    (number as u128 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835).to_be_bytes()
}

/// Bytes of the rows that a ballot adds: the ballot, and its act.
fn bytes_of_a_ballot(office: &Office, id: &str) -> Result<(usize, usize), Box<dyn std::error::Error>> {
    let reader = store::Reader::open(&office.path)?;
    let mut bytes = 0;
    reader.elections().each_ballot::<store::StoreError>(id, |ballot| {
        bytes = id.len() + ballot.body.len() + 4 * 32 + ballot.voter.map_or(0, |voter| voter.len()) + 8;
        Ok(())
    })?;
    let act = office.case.ledger()?.pop().ok_or("no act")?;
    Ok((bytes, act.at.len() + act.actor.len() + act.act.len() + act.detail.len() + 64 + 8))
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
