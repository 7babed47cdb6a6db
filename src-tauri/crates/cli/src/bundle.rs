//! `scrutineer bundle` and `scrutineer identity`.

use std::path::{Path, PathBuf};

use serde_json::json;
use workflow::bundle::{BundleRequest, BundleWritten, check_bundle};
use workflow::{Case, Error, Identity, OneShot};

use crate::arguments::{BundleArguments, BundleCommand};
use crate::progress::Progress;
use crate::run::{CONTRADICTED, DONE, answer, say, tell};

/// Runs a command about bundles.
pub(crate) fn run(
    command: Option<BundleCommand>,
    write: Option<&BundleArguments>,
    progress: &Progress,
) -> Result<u8, Error> {
    match (command, write) {
        (Some(BundleCommand::Verify { file, signer, json }), _) => verify(&file, signer.as_deref(), json),
        (None, Some(arguments)) => make(arguments, progress),
        // The argument parser lets nothing else through.
        (None, None) => Ok(DONE),
    }
}

fn make(arguments: &BundleArguments, progress: &Progress) -> Result<u8, Error> {
    let mut case = Case::open(&arguments.case)?;
    let identity = Identity::of_this_machine()?;
    told(&identity);
    let request = BundleRequest {
        election_id: arguments.election.clone(),
        originals: arguments.originals.clone(),
        without_originals: arguments.without_originals,
    };
    let written = case.write_bundle(&request, &identity, &arguments.out, progress)?;
    progress.end();
    written_told(&written, arguments.json);
    Ok(DONE)
}

/// Says what was written.
pub(crate) fn written_told(written: &BundleWritten, as_json: bool) {
    if as_json {
        answer(&json!({
            "schema": "scrutineer/bundle-written/1",
            "path": written.path.display().to_string(),
            "files": written.files,
            "signer": written.signer,
            "manifest_sha256": written.manifest_sha256,
            "without_originals": written.missing,
        }));
    } else {
        tell(&format!("{} files in {}, signed by {}.", written.files, written.path.display(), written.signer));
        if written.missing > 0 {
            tell(&format!("{} originals are in it by their digests only.", written.missing));
        }
    }
}

/// The bundles of a one-shot audit: `bundle.zip`, or one for each of several elections.
pub(crate) fn of_audit(
    done: &mut OneShot,
    inputs: &[PathBuf],
    folder: &Path,
    progress: &Progress,
) -> Result<Vec<PathBuf>, Error> {
    let identity = match Identity::of_this_machine() {
        Ok(identity) => identity,
        Err(error) => {
            say(&format!("The bundle was left out, since there is no signing identity: {error}"));
            return Ok(Vec::new());
        }
    };
    told(&identity);
    let mut elections: Vec<Option<String>> =
        done.report.elections.iter().map(|election| Some(election.election_id.clone())).collect();
    // The log of an installation, or files without claims; where nothing was recognised there is nothing to vouch for.
    if elections.is_empty() && done.report.inputs.iter().any(|input| input.kind != "ignored") {
        elections.push(None);
    }
    let mut written = Vec::new();
    for (number, election_id) in (1u32..).zip(&elections) {
        let name = if elections.len() == 1 { "bundle.zip".to_owned() } else { format!("bundle-{number}.zip") };
        let request =
            BundleRequest { election_id: election_id.clone(), originals: inputs.to_vec(), without_originals: true };
        written.push(done.case.write_bundle(&request, &identity, &folder.join(name), progress)?.path);
    }
    Ok(written)
}

pub(crate) fn told(identity: &Identity) {
    if identity.is_new {
        say(&format!(
            "A signing identity was made: {}. Keep a copy of {} in a safe place; whoever has it can sign in your name.",
            identity.words(),
            identity.path.display()
        ));
    }
}

fn verify(file: &Path, signer: Option<&str>, as_json: bool) -> Result<u8, Error> {
    let check = check_bundle(file, signer)?;
    let (election, title, verdict) = &check.says;
    if as_json {
        answer(&json!({
            "schema": "scrutineer/bundle-check/1",
            "ok": check.holds(),
            "signer": check.signer,
            "election_id": election,
            "title": title,
            "verdict": verdict,
            "files": check.files,
            "checked": check.checked,
            "problem_count": check.problem_count,
            "problems": check.problems,
        }));
    } else {
        if !election.is_empty() {
            tell(&format!("{title} ({election}): {}", verdict.replace('_', " ")));
        }
        for sentence in &check.checked {
            tell(&format!("  {sentence}"));
        }
        for problem in &check.problems {
            tell(&format!("WRONG: {problem}"));
        }
        let named = check.problems.len();
        if check.problem_count > named {
            tell(&format!("and {} more.", check.problem_count - named));
        }
        tell(&match (check.holds(), signer) {
            (false, _) => format!("This bundle does not hold: {} problems.", check.problem_count),
            (true, Some(_)) => format!("This bundle holds, and {} signed it.", check.signer),
            (true, None) => format!(
                "This bundle holds. It is signed by {}; ask the signer for these words by another way.",
                check.signer
            ),
        });
    }
    Ok(if check.holds() { DONE } else { CONTRADICTED })
}

/// Shows the signing identity of this machine's user.
pub(crate) fn identity(as_json: bool) -> Result<u8, Error> {
    let identity = Identity::of_this_machine()?;
    told(&identity);
    if as_json {
        answer(&json!({
            "schema": "scrutineer/identity/1",
            "words": identity.words(),
            "file": identity.path.display().to_string(),
            "public_key_pem": identity.pem(),
            "minisign_key": identity.minisign_key(),
        }));
    } else {
        tell(&format!("{}\n\n{}\n{}", identity.words(), identity.pem(), identity.minisign_key()));
    }
    Ok(DONE)
}
