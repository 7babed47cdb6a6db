//! The JSON shapes between the window's two halves. Each derives its TypeScript twin; domain types stay free of both.
//!
//! Times and digests are text, numbers are counts. Lists that may hold a million rows are paged or cut here, and say so.

pub mod case;
pub mod count;
pub mod desk;
pub mod error;
pub mod exhibit;
pub mod incident;
pub mod investigate;
pub mod job;
pub mod keys;
pub mod known;
pub mod office;
pub mod outbox;
pub mod outcome;
pub mod own;
pub mod plan;
pub mod receipts;
pub mod report;
pub mod roll;
pub mod rows;
pub mod settings;
pub mod setup;

use std::path::Path;

use ts_rs::{Config, ExportError, TS};

/// Writes the TypeScript twin of every shape into `folder`.
///
/// # Errors
/// A file cannot be written.
pub fn export_types(folder: &Path) -> Result<(), ExportError> {
    // JSON delivers numbers, so counts are `number` in TypeScript whatever the environment says.
    let config = Config::new().with_large_int("number").with_out_dir(folder);
    case::Start::export_all(&config)?;
    investigate::InquiryView::export_all(&config)?;
    investigate::SubjectView::export_all(&config)?;
    investigate::ComparisonView::export_all(&config)?;
    investigate::PrintKind::export_all(&config)?;
    case::CaseView::export_all(&config)?;
    case::ChosenInputs::export_all(&config)?;
    case::EvidenceRow::export_all(&config)?;
    case::LedgerRow::export_all(&config)?;
    case::DropEvent::export_all(&config)?;
    count::RuleView::export_all(&config)?;
    count::CountView::export_all(&config)?;
    count::PileView::export_all(&config)?;
    error::ErrorView::export_all(&config)?;
    job::JobEvent::export_all(&config)?;
    keys::KeysChoice::export_all(&config)?;
    keys::KeysHeld::export_all(&config)?;
    receipts::ReceiptsView::export_all(&config)?;
    report::ReportView::export_all(&config)?;
    report::ExportKind::export_all(&config)?;
    report::PaperWord::export_all(&config)?;
    report::ConcernedPage::export_all(&config)?;
    exhibit::AddressesPage::export_all(&config)?;
    settings::SaidView::export_all(&config)?;
    known::KnownView::export_all(&config)?;
    rows::VotesAsked::export_all(&config)?;
    rows::VotesPage::export_all(&config)?;
    rows::AuditAsked::export_all(&config)?;
    rows::AuditPage::export_all(&config)?;
    rows::CredentialsAsked::export_all(&config)?;
    rows::CredentialsPage::export_all(&config)?;
    rows::ExportTable::export_all(&config)?;
    rows::TablePage::export_all(&config)?;
    rows::ChoiceView::export_all(&config)?;
    office::OfficeView::export_all(&config)?;
    office::Approving::export_all(&config)?;
    office::AccountAsked::export_all(&config)?;
    own::OwnElectionLine::export_all(&config)?;
    own::OwnElectionView::export_all(&config)?;
    roll::RollPlanView::export_all(&config)?;
    roll::RollPageView::export_all(&config)?;
    roll::ProxyView::export_all(&config)?;
    desk::BoothView::export_all(&config)?;
    desk::AcceptedView::export_all(&config)?;
    desk::OwnReceiptView::export_all(&config)?;
    desk::QrView::export_all(&config)?;
    desk::PaperBallotsView::export_all(&config)?;
    desk::BatchView::export_all(&config)?;
    outbox::NoticeView::export_all(&config)?;
    outbox::TemplateView::export_all(&config)?;
    outbox::MessagesView::export_all(&config)?;
    outbox::WrittenView::export_all(&config)?;
    outbox::LetterForm::export_all(&config)?;
    outcome::PreCloseView::export_all(&config)?;
    outcome::PostCloseView::export_all(&config)?;
    outcome::ClosedView::export_all(&config)?;
    outcome::OwnResultView::export_all(&config)?;
    outcome::CertificateView::export_all(&config)?;
    outcome::GuardView::export_all(&config)?;
    outcome::PublishedView::export_all(&config)?;
    incident::declare::IncidentLine::export_all(&config)?;
    incident::declare::DeclareView::export_all(&config)?;
    incident::declare::DeclareAsked::export_all(&config)?;
    incident::board::BoardView::export_all(&config)?;
    incident::RecordedView::export_all(&config)?;
    incident::record::RecordAsked::export_all(&config)?;
    incident::story::MessageTemplate::export_all(&config)?;
    incident::story::MessagePreview::export_all(&config)?;
    incident::locker::LockerView::export_all(&config)?;
    incident::locker::AboutAsked::export_all(&config)?;
    incident::locker::LookedAgain::export_all(&config)?;
    incident::locker::LogAsked::export_all(&config)?;
    incident::locker::LogView::export_all(&config)?;
    incident::locker::AlertsView::export_all(&config)?;
    incident::contacts::ContactsView::export_all(&config)?;
    incident::contacts::CommandView::export_all(&config)?;
    incident::work::StepAsked::export_all(&config)?;
    incident::work::ChoiceAsked::export_all(&config)?;
    incident::papers::DocumentLine::export_all(&config)?;
    incident::papers::PrintAsked::export_all(&config)?;
    incident::papers::PrintedView::export_all(&config)?;
    incident::figures::MetricsView::export_all(&config)
}

/// A count that serialises as a number; nothing here ever holds 2^53 of anything.
fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
