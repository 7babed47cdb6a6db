//! Suspicions about an election, looked into question by question over its newest conclusion.

use domain::investigation::{self, Inquiry};

use crate::{Case, Error};

impl Case {
    /// The answers to every suspicion, or to one of them.
    ///
    /// # Errors
    /// [`Error::NotYet`] before the first verification, [`Error::NoElection`], [`Error::Refused`] for an unknown suspicion.
    pub fn investigate(&self, election_id: &str, scenario: Option<&str>) -> Result<Vec<Inquiry>, Error> {
        let report = self.latest_report()?.ok_or_else(|| Error::NotYet {
            message: "nothing was verified in this case yet; verify it first".to_owned(),
        })?;
        let known: Vec<&str> = report.elections.iter().map(|election| election.election_id.as_str()).collect();
        let election = report.elections.iter().find(|election| election.election_id == election_id);
        let Some(election) = election else {
            return Err(Error::NoElection { id: election_id.to_owned(), known: known.join(", ") });
        };
        let mut inquiries = investigation::investigate(&report, election);
        if let Some(wanted) = scenario {
            let names: Vec<String> = inquiries.iter().map(|inquiry| inquiry.id.clone()).collect();
            inquiries.retain(|inquiry| inquiry.id == wanted);
            if inquiries.is_empty() {
                return Err(Error::refused(format!("there is no question {wanted}; known are: {}", names.join(", "))));
            }
        }
        Ok(inquiries)
    }
}
