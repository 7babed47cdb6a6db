//! What a ballot costs until it is on the disk, beside a bare transaction of the same bytes in a database with the same settings.

use std::path::Path;
use std::time::Instant;

use domain::election::{SecondBallot, Secrecy};

use crate::office::{Office, choices};

/// Median time of a ballot over the median time of a bare transaction; both take turns.
///
/// # Errors
/// Where a file cannot be made or a ballot is refused.
pub fn ratio_to_bare(folder: &Path, ballots: usize) -> Result<f64, Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir_in(folder)?;
    let mut office = Office::found(folder.path());
    let id = office.draft(Secrecy::Secret, SecondBallot::Refuse, ballots);
    let codes = office.open(&id);
    let booth = office.booth(&id);
    let peer = rusqlite::Connection::open(folder.path().join("peer.db"))?;
    peer.pragma_update(None, "page_size", 16384)?;
    peer.pragma_update(None, "journal_mode", "wal")?;
    peer.pragma_update(None, "synchronous", "full")?;
    peer.execute_batch("CREATE TABLE t (id INTEGER PRIMARY KEY, data BLOB)")?;
    let (mut ours, mut bare) = (Vec::with_capacity(ballots), Vec::with_capacity(ballots));
    let mut bytes = 0;
    for (number, (_, code)) in codes.iter().enumerate() {
        let started = Instant::now();
        office.case.cast(
            &booth,
            code,
            &choices(if number % 2 == 0 { "ash" } else { "birch" }, &["elm", "fir", "cedar"]),
        )?;
        ours.push(started.elapsed().as_secs_f64());
        if number == 0 {
            bytes = bytes_of_a_ballot(&office, &id)?;
        }
        let data = vec![u8::try_from(number % 251)?; bytes];
        let started = Instant::now();
        peer.execute_batch("BEGIN IMMEDIATE")?;
        peer.prepare_cached("INSERT INTO t (data) VALUES (?1)")?.execute([&data])?;
        peer.execute_batch("COMMIT")?;
        bare.push(started.elapsed().as_secs_f64());
    }
    let (ours, bare) = (median(ours), median(bare));
    eprintln!("a ballot {:.3} ms, {bytes} bytes bare {:.3} ms", ours * 1e3, bare * 1e3);
    Ok(ours / bare)
}

/// Bytes of the rows that a ballot adds: the ballot and its act.
fn bytes_of_a_ballot(office: &Office, id: &str) -> Result<usize, Box<dyn std::error::Error>> {
    let reader = store::Reader::open(&office.path)?;
    let mut bytes = 0;
    reader.elections().each_ballot::<store::StoreError>(id, |ballot| {
        bytes = id.len() + ballot.body.len() + 4 * 32 + ballot.voter.map_or(0, |voter| voter.len()) + 8;
        Ok(())
    })?;
    let act = office.case.ledger()?.pop().ok_or("no act")?;
    Ok(bytes + act.at.len() + act.actor.len() + act.act.len() + act.detail.len() + 64 + 8)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
