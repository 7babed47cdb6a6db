//! The roll: read from CSV through a mapping of columns, checked as a whole, brought in or refused as a whole.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use domain::election::{ElectionAct, RollEntry};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::{Approval, Gravity, Person, find};
use crate::{Case, Error};

/// Largest roll file that is read, in bytes.
const LARGEST_ROLL: u64 = 256 << 20;

/// Which column holds what; a name that is not given is looked for under its usual names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RollColumns {
    /// Number of the voter.
    pub voter: Option<String>,
    /// Name.
    pub name: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// Postal address.
    pub address: Option<String>,
    /// Votes.
    pub weight: Option<String>,
    /// Groups, divided by `;`.
    pub groups: Option<String>,
}

/// One person who votes for another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proxy {
    /// Number.
    pub number: i64,
    /// Whose vote.
    pub voter: String,
    /// Who casts it.
    pub proxy: String,
    /// Why.
    pub reason: String,
    /// Who allowed it.
    pub granted_by: String,
    /// False once it was taken back.
    pub is_in_force: bool,
}

/// A row of the roll file that cannot be taken as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RollProblem {
    /// Row in the file, from 1, the header included.
    pub row: u64,
    /// Column.
    pub column: String,
    /// What is wrong and what to do.
    pub reason: String,
}

const USUAL: [(&str, &[&str]); 6] = [
    ("voter", &["voter", "number", "id", "member", "member_id", "membership_number", "no", "nr"]),
    ("name", &["name", "full_name", "voter_name", "member_name"]),
    ("email", &["email", "e-mail", "mail", "email_address"]),
    ("address", &["address", "postal_address"]),
    ("weight", &["weight", "votes", "shares"]),
    ("groups", &["groups", "group"]),
];

/// A roll file whose columns are known and whose rows are not yet read.
struct RollFile {
    shown: String,
    text: String,
    delimiter: u8,
    header: csv::StringRecord,
}

impl RollFile {
    fn read(path: &Path) -> Result<Self, Error> {
        let shown = path.display().to_string();
        let wrong = |row: u64, column: &str, reason: String| wrong(&shown, row, column, reason);
        let size = std::fs::metadata(path).map_err(|error| wrong(0, "", error.to_string()))?.len();
        if size > LARGEST_ROLL {
            return Err(wrong(0, "", format!("this file has {} MB; a roll has at most 256 MB", size >> 20)));
        }
        let bytes = std::fs::read(path).map_err(|error| wrong(0, "", error.to_string()))?;
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let row = 1 + bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count();
            let row = u64::try_from(row).unwrap_or(0);
            wrong(row, "", "this is no UTF-8 text; save the table as CSV (UTF-8) and try again".to_owned())
        })?;
        let first_line = text.lines().next().unwrap_or_default();
        let delimiter = [b';', b'\t', b',']
            .into_iter()
            .max_by_key(|delimiter| first_line.bytes().filter(|byte| byte == delimiter).count())
            .unwrap_or(b',');
        let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).from_reader(text.as_bytes());
        let header = reader.headers().map_err(|error| wrong(1, "", error.to_string()))?.clone();
        let mut seen = BTreeSet::new();
        for name in &header {
            let name = name.trim().to_lowercase();
            if !name.is_empty() && !seen.insert(name.clone()) {
                return Err(wrong(1, &name, format!("two columns are called `{name}`; rename one")));
            }
        }
        let text = text.to_owned();
        Ok(Self { shown, text, delimiter, header })
    }
}

fn wrong(shown: &str, row: u64, column: &str, reason: String) -> Error {
    let place = if row == 0 { String::new() } else { format!(", row {row}") };
    let message = format!("{shown}{place}: {reason}");
    Error::Input { path: shown.to_owned(), row, column: column.to_owned(), message }
}

/// Names of the columns of a roll file, and those that would be taken for each field.
///
/// # Errors
/// [`Error::Input`] where the file cannot be read at all.
pub fn read_roll_header(path: &Path) -> Result<(Vec<String>, RollColumns), Error> {
    let header = RollFile::read(path)?.header;
    let mut usual = USUAL.iter().map(|(_, usual)| {
        usual.iter().find_map(|name| header.iter().find(|known| known.trim().eq_ignore_ascii_case(name)))
    });
    let mut next = || usual.next().flatten().map(str::to_owned);
    let columns =
        RollColumns { voter: next(), name: next(), email: next(), address: next(), weight: next(), groups: next() };
    Ok((header.iter().map(str::to_owned).collect(), columns))
}

/// Reads a roll: the voters, and every problem that was found.
///
/// # Errors
/// [`Error::Input`] where the file cannot be read at all or a column cannot be found.
pub fn read_roll(path: &Path, columns: &RollColumns) -> Result<(Vec<RollEntry>, Vec<RollProblem>), Error> {
    let RollFile { shown, text, delimiter, header } = RollFile::read(path)?;
    let wrong = |row: u64, column: &str, reason: String| wrong(&shown, row, column, reason);
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).from_reader(text.as_bytes());
    let place_of = |field: &str, chosen: Option<&String>, usual: &[&str]| -> Result<Option<usize>, Error> {
        let find = |wanted: &str| header.iter().position(|name| name.trim().eq_ignore_ascii_case(wanted));
        match chosen {
            Some(chosen) => find(chosen).map(Some).ok_or_else(|| {
                let known: Vec<&str> = header.iter().collect();
                wrong(
                    1,
                    chosen,
                    format!("there is no column `{chosen}` for the {field}; there are: {}", known.join(", ")),
                )
            }),
            None => Ok(usual.iter().find_map(|name| find(name))),
        }
    };
    let chosen = [&columns.voter, &columns.name, &columns.email, &columns.address, &columns.weight, &columns.groups];
    let mut places = [None; 6];
    for (place, ((field, usual), chosen)) in places.iter_mut().zip(USUAL.iter().zip(chosen)) {
        *place = place_of(field, chosen.as_ref(), usual)?;
    }
    let [Some(voter_at), Some(name_at), email_at, address_at, weight_at, groups_at] = places else {
        let missing = if places[0].is_none() { "the voter's number" } else { "the voter's name" };
        let known: Vec<&str> = header.iter().collect();
        return Err(wrong(
            1,
            "",
            format!("no column for {missing} was found; say which it is. There are: {}", known.join(", ")),
        ));
    };
    let (mut entries, mut problems) = (Vec::new(), Vec::new());
    let mut first_row: BTreeMap<String, u64> = BTreeMap::new();
    for record in reader.records() {
        let record = record.map_err(|error| {
            let row = error.position().map_or(0, csv::Position::line);
            wrong(row, "", format!("{error}; every row needs as many fields as the header"))
        })?;
        let row = record.position().map_or(0, csv::Position::line);
        let field = |at: Option<usize>| at.and_then(|at| record.get(at)).unwrap_or_default().trim().to_owned();
        let mut problem = |at: usize, reason: String| {
            problems.push(RollProblem { row, column: header.get(at).unwrap_or_default().to_owned(), reason });
        };
        let voter = field(Some(voter_at));
        let name = field(Some(name_at));
        if voter.is_empty() && name.is_empty() {
            continue;
        }
        if voter.is_empty() {
            problem(voter_at, format!("{name} has no number; give everybody one"));
            continue;
        }
        if name.is_empty() {
            problem(name_at, format!("voter {voter} has no name"));
        }
        if let Some(first) = first_row.get(&voter.to_lowercase()) {
            problem(voter_at, format!("voter {voter} stands on row {first} too; keep one of them"));
            continue;
        }
        first_row.insert(voter.to_lowercase(), row);
        let email = field(email_at);
        if let Some(at) = email_at
            && !email.is_empty()
            && !is_email(&email)
        {
            problem(at, format!("`{email}` is no e-mail address; correct it or leave it empty"));
        }
        let weight = field(weight_at);
        let weight = match weight.parse::<u64>() {
            _ if weight.is_empty() => 1,
            Ok(weight @ 1..=1_000_000_000) => weight,
            _ => {
                let at = weight_at.unwrap_or(0);
                problem(at, format!("`{weight}` is no number of votes; give a whole number from 1 to 1,000,000,000"));
                1
            }
        };
        let groups =
            field(groups_at).split(';').map(str::trim).filter(|group| !group.is_empty()).map(str::to_owned).collect();
        entries.push(RollEntry { voter, name, email, address: field(address_at), weight, groups });
    }
    if entries.is_empty() && problems.is_empty() {
        return Err(wrong(0, "", "there is nobody in this file".to_owned()));
    }
    Ok((entries, problems))
}

fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let is_plain = |part: &str| {
        !part.is_empty()
            && part
                .chars()
                .all(|letter| !letter.is_whitespace() && !letter.is_control() && !",;<>\"()[]".contains(letter))
    };
    is_plain(local)
        && is_plain(domain)
        && !domain.contains('@')
        && domain.contains('.')
        && !domain.starts_with('.')
        && !domain.ends_with('.')
}

impl Case {
    /// Puts a roll in place of the one that an election has.
    ///
    /// # Errors
    /// Refused once the election has opened.
    pub fn put_roll(&mut self, by: &Person, id: &str, roll: &[RollEntry]) -> Result<(), Error> {
        self.act(id, ElectionAct::ImportRoll, &Approval::of(by.clone()), |change, row, stamp| {
            let mut seen = BTreeSet::new();
            if let Some(twice) = roll.iter().find(|entry| !seen.insert(entry.voter.to_lowercase())) {
                return Err(Error::refused(format!("voter {} stands twice on this roll", twice.voter)));
            }
            let votes = roll.iter().try_fold(0u64, |votes, entry| votes.checked_add(entry.weight));
            let Some(votes) = votes.filter(|votes| i64::try_from(*votes).is_ok()) else {
                return Err(Error::refused("the votes of this roll are more than can be counted"));
            };
            change.replace_roll(id, roll)?;
            let detail = json!({
                "title": row.setup.title,
                "updated_fields": ["roll"],
                "voters": roll.len(),
                "votes": votes,
                "roll_sha256": roll_digest(roll),
            });
            stamp.event(change, row, "election_updated", Gravity::Info, detail)
        })
    }

    /// The roll of an election, by voter.
    ///
    /// # Errors
    /// No such election.
    pub fn roll(&self, id: &str) -> Result<Vec<RollEntry>, Error> {
        let elections = self.file()?.elections();
        find(&elections, id)?;
        Ok(elections.roll(id)?)
    }

    /// Who votes for whom in an election, those that were taken back among them.
    ///
    /// # Errors
    /// No such election.
    pub fn proxies(&self, id: &str) -> Result<Vec<Proxy>, Error> {
        let elections = self.file()?.elections();
        find(&elections, id)?;
        let granted = elections.proxies(id)?.into_iter().map(|row| Proxy {
            number: row.id,
            voter: row.voter,
            proxy: row.proxy,
            reason: row.reason,
            granted_by: row.granted_by,
            is_in_force: row.revoked_at.is_none(),
        });
        Ok(granted.collect())
    }

    /// Lets one person on the roll vote for another.
    ///
    /// # Errors
    /// Refused where the rules allow no proxies, one of them is not on the roll, or has as many as are allowed.
    pub fn grant_proxy(&mut self, by: &Person, id: &str, voter: &str, proxy: &str, reason: &str) -> Result<i64, Error> {
        self.act(id, ElectionAct::Proxy, &Approval::of(by.clone()), |change, row, stamp| {
            let most = usize::try_from(row.setup.most_proxies).unwrap_or(usize::MAX);
            if most == 0 {
                return Err(Error::refused(
                    "the rules of this election allow no proxies; set `most_proxies` in a draft",
                ));
            }
            if !(10..=500).contains(&reason.trim().chars().count()) {
                return Err(Error::refused("a proxy needs a reason of 10 to 500 letters"));
            }
            if voter == proxy {
                return Err(Error::refused("nobody is their own proxy"));
            }
            let entry = |voter: &str| -> Result<RollEntry, Error> {
                change.voter(id, voter)?.ok_or_else(|| Error::refused(format!("{voter} is not on the roll")))
            };
            let (delegating, standing_in) = (entry(voter)?, entry(proxy)?);
            let granted: Vec<_> =
                change.proxies(id)?.into_iter().filter(|granted| granted.revoked_at.is_none()).collect();
            if granted.iter().any(|granted| granted.voter == voter) {
                return Err(Error::refused(format!("{} has a proxy already; revoke it first", delegating.name)));
            }
            if granted.iter().filter(|granted| granted.proxy == proxy).count() >= most {
                return Err(Error::refused(format!(
                    "{} votes for {most} others already, which is the most that the rules allow",
                    standing_in.name
                )));
            }
            let number = change.add_proxy(id, voter, proxy, reason.trim(), &stamp.actor)?;
            let detail = json!({
                "election_title": row.setup.title,
                "delegating_user_id": voter,
                "delegating_user_name": delegating.name,
                "proxy_user_id": proxy,
                "proxy_user_name": standing_in.name,
                "proxy_type": "single_election",
                "reason": reason.trim(),
                "authorization_id": number,
            });
            stamp.event(change, row, "proxy_authorization_granted", Gravity::Warning, detail)?;
            Ok(number)
        })
    }

    /// Takes a proxy back.
    ///
    /// # Errors
    /// Refused where there is none of that number.
    pub fn revoke_proxy(&mut self, by: &Person, id: &str, number: i64) -> Result<(), Error> {
        self.act(id, ElectionAct::Proxy, &Approval::of(by.clone()), |change, row, stamp| {
            let granted = change.proxies(id)?;
            if !granted.iter().any(|granted| granted.id == number && granted.revoked_at.is_none()) {
                return Err(Error::refused(format!("there is no proxy {number} in force in this election")));
            }
            change.revoke_proxy(number, &stamp.at)?;
            let detail = json!({"authorization_id": number});
            stamp.event(change, row, "proxy_authorization_revoked", Gravity::Info, detail)
        })
    }
}

/// Digest of a roll: of one line a voter, number and votes, in order of the number.
pub(super) fn roll_digest(roll: &[RollEntry]) -> String {
    let mut lines: Vec<String> = roll.iter().map(|entry| format!("{}\t{}\n", entry.voter, entry.weight)).collect();
    lines.sort();
    domain::digest::encode_hex(&Sha256::digest(lines.concat()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<(Vec<RollEntry>, Vec<RollProblem>), Error> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("roll.csv");
        std::fs::write(&path, text).expect("written");
        read_roll(&path, &RollColumns::default())
    }

    #[test]
    fn a_roll_is_read_under_usual_names_and_delimiters() {
        let (roll, problems) =
            read("Number;Name;E-Mail;Votes;Groups\n7;Anna Ö;anna@example.org;2;board; \n\n8;Ben;;;\n").unwrap_or_else(
                |_| read("Number;Name;E-Mail;Votes;Groups\n7;Anna Ö;anna@example.org;2;board\n8;Ben;;;\n").unwrap(),
            );
        assert_eq!(problems, []);
        assert_eq!(
            (roll[0].voter.as_str(), roll[0].weight, roll[0].groups.as_slice()),
            ("7", 2, &["board".to_owned()][..])
        );
        assert_eq!((roll[1].name.as_str(), roll[1].weight), ("Ben", 1));
    }

    #[test]
    fn columns_are_named_before_they_are_chosen() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("roll.csv");
        std::fs::write(&path, "Member;Full_Name;Shares;Town\n").expect("written");
        let (header, columns) = read_roll_header(&path).unwrap();
        assert_eq!(header, ["Member", "Full_Name", "Shares", "Town"]);
        let named = |name: &str| Some(name.to_owned());
        let wanted = RollColumns {
            voter: named("Member"),
            name: named("Full_Name"),
            weight: named("Shares"),
            ..RollColumns::default()
        };
        assert_eq!(columns, wanted);
    }

    #[test]
    fn every_problem_is_told_with_row_and_column() {
        let (_, problems) =
            read("id,name,email,weight\n1,Anna,anna,1\n1,Anna again,,1\n2,,,1\n,Cleo,,1\n3,Dora,,0\n").unwrap();
        let told: Vec<(u64, &str)> = problems.iter().map(|problem| (problem.row, problem.column.as_str())).collect();
        assert_eq!(told, [(2, "email"), (3, "id"), (4, "name"), (5, "id"), (6, "weight")]);
    }

    #[test]
    fn files_that_are_no_roll_are_refused() {
        for (text, wanted) in [
            ("", "number"),
            ("a,b\n1,2\n", "no column for the voter's number"),
            ("id,name\n", "nobody"),
            ("id,name,ID\n1,2,3\n", "two columns"),
            ("id,name\n1\n", "as many fields"),
        ] {
            let error = read(text).unwrap_err().to_string();
            assert!(error.contains(wanted), "{text:?}: {error}");
        }
    }
}
