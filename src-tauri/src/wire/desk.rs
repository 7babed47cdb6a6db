//! The desk where ballots are cast: what the voter sees, what the voter keeps; and paper ballots.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use workflow::election::{Batch, PaperBallots, Receipt};

use super::error::ErrorView;
use super::setup::{ChoicesView, SetupView};

/// A desk that is open.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct BoothView {
    /// Election.
    pub election_id: String,
    /// Rules and ballot paper.
    pub setup: SetupView,
}

/// What the desk may show once a credential was accepted; nothing tells who it belongs to.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct AcceptedView {
    /// Votes of the credential.
    pub weight: u64,
    /// True where a ballot was cast with it that a new one will replace.
    pub has_voted: bool,
}

/// What the voter keeps.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct OwnReceiptView {
    /// Title of the election.
    pub title: String,
    /// The receipt code.
    pub code: String,
    /// Random value of the ballot.
    pub nonce: String,
    /// Place in the chain, from 1.
    pub position: u64,
    /// Votes that the ballot stands for.
    pub weight: u64,
    /// True where it took the place of an earlier ballot.
    pub replaces: bool,
    /// The receipt code as a QR code: modules along one side, and an SVG path of the dark ones. Nothing where it is too long.
    pub qr: Option<QrView>,
}

/// A QR code for the screen.
#[derive(Clone, Debug, Serialize, TS)]
pub struct QrView {
    /// Modules along one side, with the light rim that readers need.
    pub side: u32,
    /// The dark modules as the data of an SVG path, one unit a module.
    pub path: String,
}

impl From<Receipt> for OwnReceiptView {
    fn from(receipt: Receipt) -> Self {
        let qr = workflow::election::square_code(&receipt.ballot_hash).map(|(side, path)| QrView { side, path });
        Self {
            qr,
            title: receipt.title,
            code: receipt.ballot_hash,
            nonce: receipt.nonce,
            position: receipt.position,
            weight: receipt.weight,
            replaces: receipt.replaces,
        }
    }
}

/// Equal paper ballots.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct PaperBallotsView {
    /// What they choose.
    pub choices: ChoicesView,
    /// How many there are.
    pub count: u64,
}

impl PaperBallotsView {
    /// As the program takes them.
    ///
    /// # Errors
    /// [`ErrorView`] where the choices are none.
    pub fn into_ballots(self) -> Result<PaperBallots, ErrorView> {
        Ok(PaperBallots { choices: self.choices.into_choices()?, count: self.count })
    }
}

impl From<&PaperBallots> for PaperBallotsView {
    fn from(ballots: &PaperBallots) -> Self {
        Self { choices: ChoicesView::of(&ballots.choices), count: ballots.count }
    }
}

/// A batch of paper ballots.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct BatchView {
    /// Number within the election.
    pub number: u64,
    /// What it is called.
    pub label: String,
    /// `entered`, `differs`, `pending`, `counted`, `voided`.
    pub state: String,
    /// Who entered it: once or twice.
    pub entered_by: Vec<String>,
    /// Who attested it.
    pub attested_by: Vec<String>,
    /// How many officers must attest it.
    pub attestations_needed: u32,
    /// Ballots of the newest entry.
    pub ballots: u64,
    /// Where two entries differ.
    pub differences: Vec<DifferenceView>,
}

/// Where two entries of a batch differ.
#[derive(Clone, Debug, Serialize, TS)]
pub struct DifferenceView {
    /// What was chosen.
    pub choices: String,
    /// How many the first entry has.
    pub first: u64,
    /// How many the second one has.
    pub second: u64,
}

impl From<Batch> for BatchView {
    fn from(batch: Batch) -> Self {
        let differences = batch.differences.into_iter();
        Self {
            number: batch.number,
            label: batch.label,
            state: batch.state,
            entered_by: batch.entered_by,
            attested_by: batch.attested_by,
            attestations_needed: batch.attestations_needed,
            ballots: batch.ballots,
            differences: differences
                .map(|(choices, first, second)| DifferenceView { choices, first, second })
                .collect(),
        }
    }
}
