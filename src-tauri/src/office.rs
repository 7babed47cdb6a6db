//! Who is signed in. The person, the key of the case and the desk live here in memory, and are wiped when the office locks.
//!
//! The office locks by hand, when the case is closed, and after minutes without input: the window tells of input, a watch in
//! `lib.rs` looks at the clock. While a desk is open for voters nobody is signed in; the desk has what it needs and no more.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use workflow::election::{Approval, Booth, CaseKey, Person};
use workflow::incident::Responders;
use workflow::{Case, Error};
use zeroize::Zeroizing;

use crate::state::{Desk, lock};
use crate::wire::error::{ErrorCode, ErrorView};
use crate::wire::office::{Approving, OfficeView, PersonView};

/// Minutes without input after which the office locks, where nobody chose another time.
const IDLE_MINUTES: u64 = 10;

/// Longest time that can be chosen, in minutes.
const IDLE_MOST: u64 = 120;

/// The signed-in person, the key of the case, the desk.
pub(crate) struct Office {
    signed: Mutex<Option<Signed>>,
    pub(crate) booth: Mutex<Option<OpenBooth>>,
    idle_minutes: AtomicU64,
}

struct Signed {
    person: Person,
    key: Option<CaseKey>,
    last_input: Instant,
}

/// A desk with the credential of the voter who stands before it.
pub(crate) struct OpenBooth {
    pub(crate) booth: Booth,
    pub(crate) credential: Option<Zeroizing<String>>,
}

impl Default for Office {
    fn default() -> Self {
        Self { signed: Mutex::default(), booth: Mutex::default(), idle_minutes: AtomicU64::new(IDLE_MINUTES) }
    }
}

impl Office {
    /// Lets a person in.
    pub(crate) fn enter(&self, person: Person, key: Option<CaseKey>) {
        *lock(&self.signed) = Some(Signed { person, key, last_input: Instant::now() });
    }

    /// Drops the person and the key of the case.
    pub(crate) fn lock(&self) {
        *lock(&self.signed) = None;
    }

    /// Drops everything, the desk too.
    pub(crate) fn forget(&self) {
        self.lock();
        *lock(&self.booth) = None;
    }

    /// Somebody is there.
    pub(crate) fn touch(&self) {
        if let Some(signed) = lock(&self.signed).as_mut() {
            signed.last_input = Instant::now();
        }
    }

    /// Locks where nobody was there for too long.
    pub(crate) fn lock_if_idle(&self) {
        let limit = Duration::from_secs(60 * self.idle_minutes.load(Ordering::SeqCst));
        let mut signed = lock(&self.signed);
        if signed.as_ref().is_some_and(|signed| signed.last_input.elapsed() >= limit) {
            *signed = None;
        }
    }

    /// Chooses the time without input.
    pub(crate) fn set_idle_minutes(&self, minutes: u64) {
        self.idle_minutes.store(minutes.clamp(1, IDLE_MOST), Ordering::SeqCst);
    }

    /// Whether a desk is open for voters.
    pub(crate) fn has_booth(&self) -> bool {
        lock(&self.booth).is_some()
    }

    /// Who is signed in.
    pub(crate) fn person(&self) -> Result<Person, ErrorView> {
        lock(&self.signed).as_ref().map(|signed| signed.person.clone()).ok_or_else(|| {
            ErrorView::new(ErrorCode::Refused, "Nobody is signed in.", "Sign in with your name and passphrase.")
        })
    }

    /// Who is signed in, where somebody is.
    pub(crate) fn signed_in(&self) -> Option<Person> {
        lock(&self.signed).as_ref().map(|signed| signed.person.clone())
    }

    fn key(&self) -> Option<CaseKey> {
        lock(&self.signed).as_ref().and_then(|signed| signed.key.clone())
    }

    fn keep_key(&self, key: &CaseKey) {
        if let Some(signed) = lock(&self.signed).as_mut() {
            signed.key = Some(key.clone());
        }
    }
}

/// The key of the case: the one that is held, or from the passphrase that came with the act.
fn key_of(office: &Office, case: &mut Case, asked: &Approving) -> Result<Option<CaseKey>, Error> {
    if let Some(passphrase) = &asked.case_passphrase {
        let key = case.unlock(&passphrase.0)?;
        office.keep_key(&key);
        return Ok(Some(key));
    }
    Ok(office.key())
}

/// The key of the case is missing.
pub(crate) fn no_key() -> Error {
    Error::Refused { message: "this act needs the passphrase of the case; give it and try again".to_owned() }
}

impl Desk {
    /// Does an act in the name of the person who is signed in, with a second one where one came along.
    pub(crate) async fn act<T: Send + 'static>(
        &self,
        asked: Approving,
        work: impl FnOnce(&mut Case, &Approval, Option<&CaseKey>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, ErrorView> {
        let (office, first) = (self.office(), self.office().person()?);
        office.touch();
        self.write(move |case| {
            let second = asked.second.as_ref().map(|who| case.sign_in(&who.name, &who.passphrase.0)).transpose()?;
            let key = key_of(&office, case, &asked)?;
            work(case, &Approval { first, second, override_reason: asked.override_reason }, key.as_ref())
        })
        .await
    }

    /// The same for an act that needs the key of the case.
    pub(crate) async fn act_with_key<T: Send + 'static>(
        &self,
        asked: Approving,
        work: impl FnOnce(&mut Case, &Approval, &CaseKey) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, ErrorView> {
        self.act(asked, move |case, by, key| work(case, by, key.ok_or_else(no_key)?)).await
    }

    /// Does an act in the name of the person who is signed in, alone.
    pub(crate) async fn act_alone<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Case, &Person) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, ErrorView> {
        self.act(Approving { second: None, case_passphrase: None, override_reason: None }, move |case, by, _| {
            work(case, &by.first)
        })
        .await
    }

    /// Does an act in an incident: in the name of the person who is signed in, or, in a case without accounts, of the user of
    /// this machine, who names a second person.
    pub(crate) async fn respond<T: Send + 'static>(
        &self,
        asked: Approving,
        work: impl FnOnce(&mut Case, &Responders, Option<&CaseKey>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, ErrorView> {
        let (office, first) = (self.office(), self.office().signed_in());
        office.touch();
        self.write(move |case| {
            let by = match first {
                Some(first) => {
                    let second =
                        asked.second.as_ref().map(|who| case.sign_in(&who.name, &who.passphrase.0)).transpose()?;
                    Responders::of(&Approval { first, second, override_reason: None })
                }
                None => case.machine_user(asked.second.as_ref().map(|who| who.name.as_str()))?,
            };
            let key = key_of(&office, case, &asked)?;
            work(case, &by, key.as_ref())
        })
        .await
    }

    /// [`Desk::respond`] for an act that one person does alone.
    pub(crate) async fn respond_alone<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Case, &Responders) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, ErrorView> {
        let alone = Approving { second: None, case_passphrase: None, override_reason: None };
        self.respond(alone, move |case, by, _| work(case, by)).await
    }

    /// Reads from the incidents of the case as far as the one who looks may see them.
    pub(crate) async fn look_at_incidents<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Case, Option<&Responders>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, ErrorView> {
        let person = self.office().signed_in();
        self.read(move |open| {
            let viewer = match &person {
                Some(person) => Some(Responders::of_person(person)),
                None => open.case.machine_user(None).ok(),
            };
            work(&open.case, viewer.as_ref())
        })
        .await
    }

    /// Works at the open desk.
    pub(crate) async fn at_booth<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Case, &mut OpenBooth) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, ErrorView> {
        let office = self.office();
        self.write(move |case| {
            let mut booth = lock(&office.booth);
            let no_desk = || Error::Refused { message: "no desk is open; a clerk opens it".to_owned() };
            work(case, booth.as_mut().ok_or_else(no_desk)?)
        })
        .await
    }

    /// The people of the open case.
    pub(crate) async fn office_view(&self) -> Result<OfficeView, ErrorView> {
        let accounts = self.read(|open| open.case.accounts()).await?;
        let office = self.office();
        let signed = lock(&office.signed);
        let booth = lock(&office.booth);
        Ok(OfficeView {
            accounts: accounts.into_iter().map(Into::into).collect(),
            person: signed.as_ref().map(|signed| PersonView::from(&signed.person)),
            has_key: signed.as_ref().is_some_and(|signed| signed.key.is_some()),
            idle_minutes: office.idle_minutes.load(Ordering::SeqCst),
            booth: booth.as_ref().map(|open| open.booth.election().to_owned()),
        })
    }
}

#[cfg(test)]
mod tests {
    use workflow::election::Passphrase;

    use super::*;

    #[test]
    fn an_office_that_nobody_touches_locks_and_forgets_the_key() {
        let folder = std::env::temp_dir().join(format!("scrutineer-office-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).expect("a folder");
        let path = folder.join("case.scrutineer");
        let mut case = Case::create(&path, "A case").expect("a case");
        let (own, of_case) = (Passphrase::new("anna long pass"), Passphrase::new("the case passphrase"));
        let person = case.found_office("Anna", &own, &of_case).expect("an administrator");
        let key = case.unlock(&of_case).expect("the key");
        let office = Office::default();
        office.enter(person, Some(key));
        office.lock_if_idle();
        assert!(office.person().is_ok() && office.key().is_some(), "somebody was just there");
        office.idle_minutes.store(0, Ordering::SeqCst);
        office.lock_if_idle();
        assert!(office.person().is_err() && office.key().is_none());
        std::fs::remove_dir_all(folder).expect("the folder goes");
    }
}
