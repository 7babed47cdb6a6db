//! Checks a bundle with nothing but the bundle, step by step as `FORMAT.md` says. The same checks are made by `check.py` inside.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use flate2::Crc;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use verification::merkle::MerkleRoot;
use verification::signing::PublicIdentity;

use super::chains::{Algorithm, Link, Walk};
use super::container::Bundle;
use super::{MANIFEST, MINISIG, RAW_SIGNATURE, SCHEMA, SIGNER_MINISIGN, SIGNER_PEM};
use crate::Error;

/// Problems that are told one by one.
const NAMED: usize = 100;
/// Longest file that is read whole.
const MOST_WHOLE: u64 = 512 << 20;

/// What a check of a bundle found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BundleCheck {
    /// Who signed, in words; empty where that cannot be told.
    pub signer: String,
    /// Election, title, verdict, as the bundle says.
    pub says: (String, String, String),
    /// Files in the bundle.
    pub files: usize,
    /// What was checked, in sentences.
    pub checked: Vec<String>,
    /// What is wrong, in sentences; the first hundred.
    pub problems: Vec<String>,
    /// How many problems there are.
    pub problem_count: usize,
}

impl BundleCheck {
    /// True where nothing is wrong.
    pub fn holds(&self) -> bool {
        self.problem_count == 0
    }

    fn problem(&mut self, text: String) {
        self.problem_count += 1;
        if self.problems.len() < NAMED {
            self.problems.push(text);
        }
    }
}

/// Checks a bundle. `signer`: the words that are expected, where they are known.
///
/// # Errors
/// [`Error::Input`] where the file cannot be read or is no bundle at all.
pub fn check_bundle(path: &Path, signer: Option<&str>) -> Result<BundleCheck, Error> {
    let shown = path.display().to_string();
    let input = |reason: String| Error::Input {
        path: shown.clone(),
        row: 0,
        column: String::new(),
        message: format!("{shown}: {reason}"),
    };
    let file = File::open(path).map_err(|error| input(error.to_string()))?;
    let mut check = BundleCheck::default();
    let bundle = match Bundle::open(BufReader::new(file)) {
        Ok(bundle) => bundle,
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {
            check.problem(format!("{error}."));
            return Ok(check);
        }
        Err(error) => return Err(input(error.to_string())),
    };
    let mut reading = Reading { bundle, check, sums: BTreeMap::new() };
    reading.run(signer).map_err(|error| input(error.to_string()))?;
    Ok(reading.check)
}

struct Reading<R> {
    bundle: Bundle<R>,
    check: BundleCheck,
    /// Digest of each file.
    sums: BTreeMap<String, String>,
}

impl<R: Read + io::Seek> Reading<R> {
    fn run(&mut self, signer: Option<&str>) -> io::Result<()> {
        self.check.files = self.bundle.entries.len();
        self.hash_all()?;
        self.check.checked.push(format!("The container holds {} files and nothing else.", self.check.files));
        self.manifest()?;
        let public = self.signatures()?;
        self.check.signer = public.map(|public| public.words()).unwrap_or_default();
        if let Some(wanted) = signer
            && wanted.trim() != self.check.signer
        {
            self.check.problem(format!("The bundle is signed by {}, not by {}.", self.check.signer, wanted.trim()));
        }
        let Some(told) = self.json("bundle.json")? else { return Ok(()) };
        let text = |name: &str| told[name].as_str().unwrap_or_default().to_owned();
        let id = if told["incident_id"].is_string() { text("incident_id") } else { text("election_id") };
        self.check.says = (id, text("title"), text("verdict"));
        if told["schema"] != SCHEMA {
            self.check.problem(format!("bundle.json is not of the form {SCHEMA}."));
        }
        if let Some(public) = public {
            let of = &told["signer"];
            if of["words"] != public.words()
                || of["key_id"] != public.key_number()
                || of["public_key"] != public.base64()
            {
                self.check.problem("bundle.json names another signer than signer.pem.".to_owned());
            }
        }
        self.expected_files(&told);
        self.tables(&told)?;
        self.chains(&told)?;
        self.counts(&told)?;
        self.ledger(&told)?;
        self.inputs(&told)?;
        self.report(&told)
    }

    /// Digests of all files, and their check sums in the container.
    fn hash_all(&mut self) -> io::Result<()> {
        let entries: Vec<(String, u32)> =
            self.bundle.entries.iter().map(|entry| (entry.path.clone(), entry.crc)).collect();
        for (path, crc) in entries {
            let Some(mut source) = self.bundle.read(&path)? else { continue };
            let (mut hasher, mut sum) = (Sha256::new(), Crc::new());
            let mut buffer = vec![0; 1 << 16];
            loop {
                let read = source.read(&mut buffer)?;
                if read == 0 {
                    break;
                }
                hasher.update(&buffer[..read]);
                sum.update(&buffer[..read]);
            }
            if sum.sum() != crc {
                self.check.problem(format!("{path}: the check sum of the container does not fit."));
            }
            self.sums.insert(path, domain::digest::encode_hex(&hasher.finalize()));
        }
        Ok(())
    }

    fn whole(&mut self, path: &str) -> io::Result<Option<Vec<u8>>> {
        let Some(source) = self.bundle.read(path)? else {
            self.check.problem(format!("{path} is missing."));
            return Ok(None);
        };
        let mut bytes = Vec::new();
        source.take(MOST_WHOLE).read_to_end(&mut bytes)?;
        Ok(Some(bytes))
    }

    fn text(&mut self, path: &str) -> io::Result<Option<String>> {
        let Some(bytes) = self.whole(path)? else { return Ok(None) };
        let text = String::from_utf8(bytes).ok();
        if text.is_none() {
            self.check.problem(format!("{path} is not UTF-8."));
        }
        Ok(text)
    }

    fn json(&mut self, path: &str) -> io::Result<Option<Value>> {
        let Some(text) = self.text(path)? else { return Ok(None) };
        match serde_json::from_str::<Value>(&text) {
            Ok(value) if is_pretty(&value, &text) => Ok(Some(value)),
            Ok(value) => {
                self.check.problem(format!("{path} is not written as FORMAT.md says."));
                Ok(Some(value))
            }
            Err(error) => {
                self.check.problem(format!("{path}, line {}: this is no JSON: {error}.", error.line()));
                Ok(None)
            }
        }
    }

    /// Goes over the lines of a file: number, text, value.
    fn lines(&mut self, path: &str, mut each: impl FnMut(&mut BundleCheck, u64, &str, &Value)) -> io::Result<u64> {
        let Some(source) = self.bundle.read(path)? else {
            self.check.problem(format!("{path} is missing."));
            return Ok(0);
        };
        let mut source = BufReader::new(source);
        let (mut number, mut line) = (0, Vec::new());
        loop {
            line.clear();
            if source.read_until(b'\n', &mut line)? == 0 {
                return Ok(number);
            }
            number += 1;
            let text = line.strip_suffix(b"\n").and_then(|text| std::str::from_utf8(text).ok());
            let read = text.and_then(|text| Some((text, serde_json::from_str::<Value>(text).ok()?)));
            let Some((text, value)) = read.filter(|(text, value)| value.is_object() && is_compact(value, text)) else {
                self.check.problem(format!("{path}, line {number}: this is no compact JSON as FORMAT.md says."));
                continue;
            };
            each(&mut self.check, number, text, &value);
        }
    }

    fn manifest(&mut self) -> io::Result<()> {
        let Some(text) = self.text(MANIFEST)? else { return Ok(()) };
        let listed = self.sums.iter().filter(|(path, _)| !matches!(path.as_str(), MANIFEST | MINISIG | RAW_SIGNATURE));
        let expected: String = listed.map(|(path, sum)| format!("{sum}  {path}\n")).collect();
        if text != expected {
            let known: BTreeSet<&str> = text.lines().collect();
            let now: BTreeSet<&str> = expected.lines().collect();
            let differing: Vec<&&str> = now.difference(&known).chain(known.difference(&now)).collect();
            for line in &differing {
                let path = line.split_once("  ").map_or(**line, |(_, path)| path);
                self.check.problem(format!("{path} does not fit MANIFEST: changed, added or removed."));
            }
            if differing.is_empty() {
                self.check.problem("MANIFEST is not in the order of the paths.".to_owned());
            }
        }
        self.check.checked.push(format!("MANIFEST fits {} files.", expected.lines().count()));
        Ok(())
    }

    fn signatures(&mut self) -> io::Result<Option<PublicIdentity>> {
        let (pem, public) = (self.text(SIGNER_PEM)?, self.text(SIGNER_MINISIGN)?);
        let (raw, mini) = (self.whole(RAW_SIGNATURE)?, self.text(MINISIG)?);
        let manifest = self.whole(MANIFEST)?;
        let Some(identity) = pem.as_deref().and_then(PublicIdentity::from_pem) else {
            self.check.problem(format!("{SIGNER_PEM} holds no Ed25519 key."));
            return Ok(None);
        };
        if public.is_none_or(|public| public != identity.minisign_key()) {
            self.check.problem(format!("{SIGNER_MINISIGN} names another key than {SIGNER_PEM}."));
        }
        let raw: Option<[u8; 64]> = raw.and_then(|raw| raw.try_into().ok());
        let holds = raw.is_some_and(|raw| identity.verifies(&manifest.unwrap_or_default(), &raw));
        if !holds {
            self.check
                .problem(format!("The signature in {RAW_SIGNATURE} does not hold under the key of {SIGNER_PEM}."));
        }
        let holds = raw.zip(mini).is_some_and(|(raw, mini)| identity.verifies_minisign(&mini, &raw));
        if !holds {
            self.check.problem(format!("{MINISIG} does not hold under the key of {SIGNER_PEM}."));
        }
        self.check.checked.push(format!("Signed by {}.", identity.words()));
        Ok(Some(identity))
    }

    /// Every file belongs to something that the bundle tells of.
    fn expected_files(&mut self, told: &Value) {
        let fixed = [
            MANIFEST,
            MINISIG,
            RAW_SIGNATURE,
            SIGNER_PEM,
            SIGNER_MINISIGN,
            "bundle.json",
            "check.py",
            "VERIFY.txt",
            "FORMAT.md",
            "inputs.jsonl",
            "verdicts.jsonl",
            "ledger.jsonl",
            "report/report.json",
            "report/report.pdf",
        ];
        let listed: BTreeSet<&str> = (["tables", "chains", "counts"].iter())
            .flat_map(|kind| told[*kind].as_array().into_iter().flatten())
            .filter_map(|entry| entry["path"].as_str())
            .chain(fixed)
            .collect();
        for path in self.sums.keys() {
            let is_table =
                path.strip_prefix("report/csv/").is_some_and(|name| name.ends_with(".csv") && !name.contains('/'));
            let is_custody = path == "report/custody-sheet.pdf" && told["incident_id"].is_string();
            if !listed.contains(path.as_str()) && !path.starts_with("inputs/") && !is_table && !is_custody {
                let text = format!("{path} belongs to nothing that bundle.json tells of.");
                self.check.problem_count += 1;
                self.check.problems.push(text);
            }
        }
        for path in listed.iter().filter(|path| !self.sums.contains_key(**path)) {
            self.check.problem_count += 1;
            self.check.problems.push(format!("{path} is missing."));
        }
    }

    fn tables(&mut self, told: &Value) -> io::Result<()> {
        let about = &told["verdicts"];
        let ballots = about["table"].as_str().unwrap_or_default().to_owned();
        let mut rows_of_ballots: Vec<(String, [u8; 32])> = Vec::new();
        let mut all = 0;
        for table in told["tables"].as_array().into_iter().flatten() {
            let path = table["path"].as_str().unwrap_or_default().to_owned();
            let is_ballots = path == ballots;
            let shown = path.clone();
            let rows = self.lines(&path, |check, number, line, value| {
                let is_row = has_members(value, &["place", "file", "row", "key", "fields"])
                    && value["place"] == number
                    && value["fields"].as_object().is_some_and(is_texts)
                    && value["key"].is_string();
                if !is_row {
                    check.problem(format!("{shown}, line {number}: this is no row as FORMAT.md says."));
                }
                if is_ballots {
                    let key = value["key"].as_str().unwrap_or_default().to_owned();
                    rows_of_ballots.push((key, Sha256::digest(line).into()));
                }
            })?;
            if table["rows"] != rows {
                self.check.problem(format!("{path} has {rows} rows; bundle.json says {}.", table["rows"]));
            }
            all += rows;
        }
        self.check.checked.push(format!("The tables hold {all} rows."));
        let mut tree = MerkleRoot::default();
        let mut summary: BTreeMap<String, u64> = BTreeMap::new();
        let lines = self.lines("verdicts.jsonl", |check, number, line, value| {
            tree.add(line.as_bytes());
            *summary.entry(value["verdict"].as_str().unwrap_or_default().to_owned()).or_default() += 1;
            let row = usize::try_from(number - 1).ok().and_then(|at| rows_of_ballots.get(at));
            let fits = row.is_some_and(|(key, sum)| {
                value["key"] == key.as_str() && value["row_sha256"] == domain::digest::encode_hex(sum)
            });
            let known = ["contradicted", "questioned", "signed", "unchallenged"];
            let is_verdict = has_members(value, &["place", "key", "row_sha256", "verdict", "codes"])
                && value["place"] == number
                && value["verdict"].as_str().is_some_and(|word| known.contains(&word))
                && value["codes"].as_array().is_some_and(|codes| codes.is_sorted_by(|a, b| a.as_str() < b.as_str()));
            if !fits || !is_verdict {
                check.problem(format!("verdicts.jsonl, line {number}: it does not belong to this row of the ballots."));
            }
        })?;
        let counted: Value =
            summary.into_iter().map(|(word, count)| (word, Value::from(count))).collect::<Map<_, _>>().into();
        let is_told = about["rows"] == lines && lines == rows_of_ballots.len() as u64 && about["summary"] == counted;
        if !is_told {
            self.check
                .problem(format!("verdicts.jsonl has {lines} lines; that is not what bundle.json and the table say."));
        }
        if about["merkle_root"] != tree.root().to_hex() {
            self.check.problem("The Merkle root of the verdicts is not the one in bundle.json.".to_owned());
        }
        self.check.checked.push(format!("{lines} verdicts belong to their rows and give the Merkle root."));
        Ok(())
    }

    fn chains(&mut self, told: &Value) -> io::Result<()> {
        for chain in told["chains"].as_array().into_iter().flatten() {
            let path = chain["path"].as_str().unwrap_or_default().to_owned();
            let Some(algorithm) = chain["algorithm"].as_str().and_then(Algorithm::named) else {
                self.check.problem(format!("bundle.json names no known algorithm for {path}."));
                continue;
            };
            let mut walk = Walk::new(algorithm, chain["genesis"].as_str());
            let shown = path.clone();
            self.lines(&path, |check, number, _, value| {
                let text = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
                let link = Link {
                    key: text("key"),
                    previous: text("previous"),
                    text: value["text"].as_str().map(str::to_owned),
                    hash: text("hash"),
                };
                let is_link = has_members(value, &["place", "key", "previous", "text", "hash"])
                    && value["place"] == number
                    && link.text.as_ref().is_none_or(|text| text.contains(&link.previous));
                if !is_link {
                    check.problem(format!("{shown}, line {number}: this is no link as FORMAT.md says."));
                }
                walk.take(&link);
            })?;
            let is_told = chain["links"] == walk.links
                && chain["untold"] == walk.untold
                && chain["breaks"] == walk.breaks
                && chain["head"].as_str() == walk.head()
                && chain["problems"] == Value::from(walk.problems.clone());
            if !is_told {
                self.check.problem(format!(
                    "{path}: {} links with {} breaks were found; that is not what bundle.json says.",
                    walk.links, walk.breaks
                ));
            }
            let word =
                if walk.breaks == 0 { "no break".to_owned() } else { format!("{} breaks, as told", walk.breaks) };
            self.check.checked.push(format!("{path}: {} links, {word}.", walk.links));
        }
        Ok(())
    }

    fn counts(&mut self, told: &Value) -> io::Result<()> {
        for listed in told["counts"].as_array().into_iter().flatten() {
            let path = listed["path"].as_str().unwrap_or_default().to_owned();
            let Some(count) = self.json(&path)? else { continue };
            if count["contest"] != listed["contest"] || count["rule"] != listed["rule"] {
                self.check.problem(format!("{path} is of another contest or rule than bundle.json says."));
            }
            match super::recount::check(&count) {
                Ok(sentence) => self.check.checked.push(format!("{path}: {sentence}")),
                Err(problem) => self.check.problem(format!("{path}: {problem}")),
            }
        }
        Ok(())
    }

    fn ledger(&mut self, told: &Value) -> io::Result<()> {
        let mut previous = "0".repeat(64);
        let entries = self.lines("ledger.jsonl", |check, number, _, value| {
            let text = |name: &str| value[name].as_str().unwrap_or_default();
            let hashed = importers::scrutineer::rules::entry_text(
                number,
                text("at"),
                text("actor"),
                text("act"),
                text("detail"),
                text("previous"),
            );
            let hash = importers::scrutineer::rules::sha256(&hashed).to_hex();
            let fits = ["at", "actor", "act"].iter().all(|name| !text(name).contains('\n'))
                && has_members(value, &["number", "at", "actor", "act", "detail", "previous", "hash"])
                && value["number"] == number
                && text("previous") == previous
                && text("hash") == hash;
            if !fits {
                check.problem(format!("ledger.jsonl, line {number}: the entry does not follow the one before."));
            }
            text("hash").clone_into(&mut previous);
        })?;
        let head = previous.as_str();
        if told["ledger"]["entries"] != entries || told["ledger"]["head"].as_str().unwrap_or_default() != head {
            self.check.problem("ledger.jsonl does not end at the head that bundle.json names.".to_owned());
        }
        self.check.checked.push(format!("The ledger has {entries} entries and leads to its head."));
        Ok(())
    }

    fn inputs(&mut self, told: &Value) -> io::Result<()> {
        let sums = std::mem::take(&mut self.sums);
        let sizes: BTreeMap<String, u64> =
            self.bundle.entries.iter().map(|entry| (entry.path.clone(), u64::from(entry.bytes))).collect();
        let (mut bundled, mut missing) = (BTreeSet::new(), 0u64);
        let inputs = self.lines("inputs.jsonl", |check, number, _, value| {
            let is_input = has_members(value, &["path", "sha256", "bytes", "system", "kind", "rows", "bundled"]);
            let fits = match value["bundled"].as_str() {
                Some(path) => {
                    bundled.insert(path.to_owned());
                    sums.get(path).is_some_and(|sum| value["sha256"] == sum.as_str())
                        && sizes.get(path).is_some_and(|size| value["bytes"] == *size)
                }
                None => {
                    missing += 1;
                    value["bundled"].is_null()
                }
            };
            if !is_input || !fits {
                check.problem(format!("inputs.jsonl, line {number}: the file is not the one that was examined."));
            }
        })?;
        for path in sums.keys().filter(|path| path.starts_with("inputs/") && !bundled.contains(*path)) {
            self.check.problem(format!("{path} is not listed in inputs.jsonl."));
        }
        self.sums = sums;
        if told["without_originals"] != missing {
            self.check.problem("bundle.json and inputs.jsonl differ about how many originals are missing.".to_owned());
        }
        let all = if missing == 0 { "all here".to_owned() } else { format!("{missing} of them by digest only") };
        self.check.checked.push(format!("{inputs} inputs, {all}."));
        Ok(())
    }

    fn report(&mut self, told: &Value) -> io::Result<()> {
        let Some(report) = self.json("report/report.json")? else { return Ok(()) };
        let elections = report["elections"].as_array().cloned().unwrap_or_default();
        let says_the_same = |part: &Value| ["verdict", "title", "system"].iter().all(|name| part[name] == told[name]);
        let findings = report["findings"].as_array().cloned().unwrap_or_default();
        let is_critical = findings.iter().any(|finding| finding["severity"] == "critical");
        let is_its = match (told["election_id"].is_string(), told["incident_id"].is_string(), elections.as_slice()) {
            (true, false, [election]) => election["election_id"] == told["election_id"] && says_the_same(election),
            (false, true, []) => report["incident_id"] == told["incident_id"] && says_the_same(&report),
            (false, false, []) => (told["verdict"] == "contradicted") == is_critical,
            _ => false,
        };
        if !is_its {
            self.check.problem("report/report.json is not about what bundle.json names, or says otherwise.".to_owned());
        }
        let mut examined: Vec<(String, String)> = Vec::new();
        self.lines("inputs.jsonl", |_, _, _, value| {
            let text = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
            examined.push((text("path"), text("sha256")));
        })?;
        examined.sort();
        let inputs = report["inputs"].as_array().cloned().unwrap_or_default();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let mut reported: Vec<(String, String)> =
            inputs.iter().map(|input| (text(&input["path"]), text(&input["sha256"]))).collect();
        reported.sort();
        if reported != examined {
            self.check.problem("report/report.json was made from other inputs than inputs.jsonl lists.".to_owned());
        }
        self.check.checked.push("The report is about the same, with the same verdict and inputs.".to_owned());
        Ok(())
    }
}

/// Whether a text is the pretty form of a value with a line end.
fn is_pretty(value: &Value, text: &str) -> bool {
    serde_json::to_string_pretty(value).is_ok_and(|pretty| text.strip_suffix('\n') == Some(pretty.as_str()))
}

/// Whether a text is the compact form of a value.
fn is_compact(value: &Value, text: &str) -> bool {
    serde_json::to_string(value).is_ok_and(|compact| compact == text)
}

/// Whether an object has exactly these members, in this order.
fn has_members(value: &Value, names: &[&str]) -> bool {
    value.as_object().is_some_and(|members| members.keys().map(String::as_str).eq(names.iter().copied()))
}

fn is_texts(fields: &Map<String, Value>) -> bool {
    fields.values().all(|value| value.is_string() || value.is_null())
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use domain::Unwatched;

    use super::super::container::Writer;
    use super::*;
    use crate::Identity;
    use crate::bundle::BundleRequest;

    type Files = Vec<(String, Vec<u8>)>;
    /// What is changed, what must be told of it, and how it is done.
    type Case<'a, T> = (&'a str, &'a str, &'a dyn Fn(&mut T));

    /// The files of a small bundle.
    fn sample(folder: &Path, identity: &Identity) -> Files {
        let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/fixtures/logbook/02_clean_closed");
        let inputs = ["votes.json", "candidates.json", "elections.json"].map(|name| fixture.join(name));
        let keys = domain::KeyRing::default();
        let mut done = crate::audit_inputs(&inputs, None, &keys, None, None, &Unwatched).expect("audited");
        let election_id = done.report.elections[0].election_id.clone();
        let request = BundleRequest { election_id: Some(election_id), ..BundleRequest::default() };
        let path = folder.join("bundle.zip");
        done.case.write_bundle(&request, identity, &path, &Unwatched).expect("written");
        let mut bundle = Bundle::open(File::open(&path).expect("a file")).expect("a bundle");
        let paths: Vec<String> = bundle.entries.iter().map(|entry| entry.path.clone()).collect();
        let read = paths.into_iter().map(|path| {
            let mut bytes = Vec::new();
            bundle.read(&path).expect("read").expect("there").read_to_end(&mut bytes).expect("bytes");
            (path, bytes)
        });
        read.collect()
    }

    /// Problems of a bundle of these files; signed again where an identity is given.
    fn problems(folder: &Path, mut files: Files, signed_by: Option<&Identity>) -> Vec<String> {
        files.sort();
        if let Some(identity) = signed_by {
            let own = [MANIFEST, MINISIG, RAW_SIGNATURE];
            let lines = files.iter().filter(|(path, _)| !own.contains(&path.as_str()));
            let manifest: String = lines
                .map(|(path, bytes)| format!("{}  {path}\n", domain::digest::encode_hex(&Sha256::digest(bytes))))
                .collect();
            let signature = identity.signing.sign(manifest.as_bytes());
            for (path, bytes) in &mut files {
                match path.as_str() {
                    MANIFEST => *bytes = manifest.clone().into_bytes(),
                    RAW_SIGNATURE => *bytes = signature.to_vec(),
                    MINISIG => *bytes = identity.signing.minisign(&signature).into_bytes(),
                    _ => {}
                }
            }
        }
        let mut writer = Writer::new(Cursor::new(Vec::new()));
        for (path, bytes) in &files {
            writer.add(path, &mut bytes.as_slice()).expect("added");
        }
        let path = folder.join("other.zip");
        std::fs::write(&path, writer.finish().expect("finished").into_inner()).expect("written");
        check_bundle(&path, None).expect("an answer").problems
    }

    fn file<'a>(files: &'a mut Files, path: &str) -> &'a mut Vec<u8> {
        &mut files.iter_mut().find(|(known, _)| known == path).expect("there").1
    }

    fn swap_lines(bytes: &mut Vec<u8>) {
        let mut lines: Vec<Vec<u8>> = bytes.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
        lines.swap(0, 1);
        *bytes = lines.concat();
    }

    #[test]
    fn files_added_removed_renamed_or_changed_are_found() {
        let folder = tempfile::tempdir().expect("a folder");
        let identity = Identity::at(&folder.path().join("identity")).expect("an identity");
        let files = sample(folder.path(), &identity);
        assert_eq!(problems(folder.path(), files.clone(), None), Vec::<String>::new());
        assert_eq!(problems(folder.path(), files.clone(), Some(&identity)), Vec::<String>::new());
        let changes: [Case<'_, Files>; 5] = [
            ("added", "inputs/zzz does not fit MANIFEST", &|files| files.push(("inputs/zzz".into(), b"x".to_vec()))),
            ("removed", "verdicts.jsonl does not fit", &|files| files.retain(|(path, _)| path != "verdicts.jsonl")),
            ("renamed", "FORMAT.mdx does not fit", &|files| files[0].0.push('x')),
            ("a row moved", "tables/votes.jsonl does not fit", &|files| swap_lines(file(files, "tables/votes.jsonl"))),
            ("another manifest", "MANIFEST.sig does not hold", &|files| file(files, MANIFEST).push(b'\n')),
        ];
        for (what, expected, change) in changes {
            let mut other = files.clone();
            change(&mut other);
            let found = problems(folder.path(), other, None);
            assert!(found.iter().any(|problem| problem.contains(expected)), "{what}: {found:#?}");
        }
    }

    /// Whoever holds the key can sign anything; what contradicts itself is found all the same.
    #[test]
    fn a_bundle_that_was_signed_again_must_still_agree_with_itself() {
        let folder = tempfile::tempdir().expect("a folder");
        let identity = Identity::at(&folder.path().join("identity")).expect("an identity");
        let files = sample(folder.path(), &identity);
        let changes: [Case<'_, Vec<u8>>; 6] = [
            ("tables/votes.jsonl", "does not belong to this row", &|bytes| swap_lines(bytes)),
            ("verdicts.jsonl", "Merkle root", &|bytes| swap_lines(bytes)),
            ("chains/votes.jsonl", "not what bundle.json says", &|bytes| swap_lines(bytes)),
            ("ledger.jsonl", "does not follow the one before", &|bytes| swap_lines(bytes)),
            ("inputs/votes.json", "not the one that was examined", &|bytes| bytes.push(b' ')),
            ("counts/1.json", "are told", &|bytes| {
                let text = String::from_utf8(bytes.clone()).expect("text").replacen("\"13\"", "\"14\"", 1);
                *bytes = text.into_bytes();
            }),
        ];
        for (path, expected, change) in changes {
            let mut other = files.clone();
            change(file(&mut other, path));
            let found = problems(folder.path(), other, Some(&identity));
            assert!(found.iter().any(|problem| problem.contains(expected)), "{path}: {found:#?}");
        }
    }
}
