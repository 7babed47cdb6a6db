//! What a ballot costs until it is on the disk, beside bare transactions of the same bytes in databases with the same settings.

use std::path::Path;
use std::time::Instant;

use domain::election::{SecondBallot, Secrecy};
use rusqlite::{Connection, params};

use crate::office::{Office, choices};

/// Median times over those of bare transactions of the same bytes.
#[derive(Clone, Copy, Debug)]
pub struct Ratios {
    /// Over one that puts all bytes into one row.
    pub one_row: f64,
    /// Over one that writes three rows as a ballot does: the ballot and its act at the ends of their tables, and the mark at its
    /// credential wherever that lies.
    pub three_rows: f64,
}

/// Casts so many ballots; the bare transactions take turns with them.
///
/// # Errors
/// Where a file cannot be made or a ballot is refused.
pub fn ratios_to_bare(folder: &Path, ballots: usize) -> Result<Ratios, Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir_in(folder)?;
    let mut office = Office::found(folder.path());
    let id = office.draft(Secrecy::Secret, SecondBallot::Refuse, ballots);
    let codes = office.open(&id);
    let mut booth = office.booth(&id);
    let one_row = peer(&folder.path().join("one.db"), "CREATE TABLE t (id INTEGER PRIMARY KEY, data BLOB)")?;
    let three_rows = peer(
        &folder.path().join("three.db"),
        "CREATE TABLE ballot (id INTEGER PRIMARY KEY, data BLOB);
         CREATE TABLE credential (id BLOB PRIMARY KEY, uses INTEGER, data BLOB) WITHOUT ROWID;
         CREATE TABLE act (id INTEGER PRIMARY KEY, data BLOB)",
    )?;
    three_rows.execute_batch("BEGIN")?;
    for number in 0..ballots {
        let mut insert = three_rows.prepare_cached("INSERT INTO credential VALUES (?1, 0, ?2)")?;
        insert.execute(params![credential(number), vec![0_u8; 150]])?;
    }
    three_rows.execute_batch("COMMIT")?;

    let (mut ours, mut ones, mut threes) = (Vec::new(), Vec::new(), Vec::new());
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
        one_row.execute_batch("BEGIN IMMEDIATE")?;
        one_row.prepare_cached("INSERT INTO t (data) VALUES (?1)")?.execute([&data])?;
        one_row.execute_batch("COMMIT")?;
        ones.push(started.elapsed().as_secs_f64());
        let started = Instant::now();
        three_rows.execute_batch("BEGIN IMMEDIATE")?;
        three_rows.prepare_cached("INSERT INTO ballot (data) VALUES (?1)")?.execute([&data[..bytes.0]])?;
        three_rows
            .prepare_cached("UPDATE credential SET uses = uses + 1 WHERE id = ?1")?
            .execute([credential(number)])?;
        three_rows.prepare_cached("INSERT INTO act (data) VALUES (?1)")?.execute([&data[bytes.0..]])?;
        three_rows.execute_batch("COMMIT")?;
        threes.push(started.elapsed().as_secs_f64());
    }
    let (ours, one, three) = (median(ours), median(ones), median(threes));
    eprintln!(
        "a ballot {:.3} ms; {} bytes bare in one row {:.3} ms, in three {:.3} ms",
        ours * 1e3,
        bytes.0 + bytes.1,
        one * 1e3,
        three * 1e3
    );
    Ok(Ratios { one_row: ours / one, three_rows: ours / three })
}

/// A database with the settings of a case.
fn peer(path: &Path, tables: &str) -> Result<Connection, Box<dyn std::error::Error>> {
    let peer = Connection::open(path)?;
    peer.pragma_update(None, "page_size", 16384)?;
    peer.pragma_update(None, "journal_mode", "wal")?;
    peer.pragma_update(None, "synchronous", "full")?;
    peer.execute_batch(tables)?;
    Ok(peer)
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
