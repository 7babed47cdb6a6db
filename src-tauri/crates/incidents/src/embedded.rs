//! The playbooks and common files that are built into the program. A test compares the list with the folder.

/// Scenario files: name and text.
pub(crate) const PLAYBOOKS: &[(&str, &str)] = &[
    ("admin-error.toml", include_str!("../playbooks/admin-error.toml")),
    ("admin-manipulation.toml", include_str!("../playbooks/admin-manipulation.toml")),
    ("application-unavailable.toml", include_str!("../playbooks/application-unavailable.toml")),
    ("audit-chain-break.toml", include_str!("../playbooks/audit-chain-break.toml")),
    ("authentication-failure.toml", include_str!("../playbooks/authentication-failure.toml")),
    ("ballot-stuffing.toml", include_str!("../playbooks/ballot-stuffing.toml")),
    ("close-failure-a.toml", include_str!("../playbooks/close-failure-a.toml")),
    ("close-failure-b.toml", include_str!("../playbooks/close-failure-b.toml")),
    ("close-failure-c.toml", include_str!("../playbooks/close-failure-c.toml")),
    ("closed-by-mistake.toml", include_str!("../playbooks/closed-by-mistake.toml")),
    ("compromised-staff-credentials.toml", include_str!("../playbooks/compromised-staff-credentials.toml")),
    ("credential-leakage.toml", include_str!("../playbooks/credential-leakage.toml")),
    ("data-breach.toml", include_str!("../playbooks/data-breach.toml")),
    ("data-corruption.toml", include_str!("../playbooks/data-corruption.toml")),
    ("database-issues.toml", include_str!("../playbooks/database-issues.toml")),
    ("denial-of-service.toml", include_str!("../playbooks/denial-of-service.toml")),
    ("directory-outage.toml", include_str!("../playbooks/directory-outage.toml")),
    ("disputed-election.toml", include_str!("../playbooks/disputed-election.toml")),
    ("email-failure.toml", include_str!("../playbooks/email-failure.toml")),
    ("evidence-integrity.toml", include_str!("../playbooks/evidence-integrity.toml")),
    ("extension-problem.toml", include_str!("../playbooks/extension-problem.toml")),
    ("minor-issue.toml", include_str!("../playbooks/minor-issue.toml")),
    ("performance-degradation.toml", include_str!("../playbooks/performance-degradation.toml")),
    ("ransomware.toml", include_str!("../playbooks/ransomware.toml")),
    ("results-look-wrong.toml", include_str!("../playbooks/results-look-wrong.toml")),
    ("security-incident.toml", include_str!("../playbooks/security-incident.toml")),
    ("site-outage.toml", include_str!("../playbooks/site-outage.toml")),
    ("suspected-coercion.toml", include_str!("../playbooks/suspected-coercion.toml")),
    ("suspected-double-vote.toml", include_str!("../playbooks/suspected-double-vote.toml")),
    ("suspicious-rollback.toml", include_str!("../playbooks/suspicious-rollback.toml")),
    ("tally-failure.toml", include_str!("../playbooks/tally-failure.toml")),
    ("vote-count-mismatch.toml", include_str!("../playbooks/vote-count-mismatch.toml")),
];

/// Common files: name and text, in the order in which later ones refer to earlier ones.
pub(crate) const COMMON: &[(&str, &str)] = &[
    ("functions.toml", include_str!("../playbooks/_common/functions.toml")),
    ("severity.toml", include_str!("../playbooks/_common/severity.toml")),
    ("commands.toml", include_str!("../playbooks/_common/commands.toml")),
    ("templates.toml", include_str!("../playbooks/_common/templates.toml")),
    ("checklists.toml", include_str!("../playbooks/_common/checklists.toml")),
    ("contacts.toml", include_str!("../playbooks/_common/contacts.toml")),
    ("triggers.toml", include_str!("../playbooks/_common/triggers.toml")),
    ("reports.toml", include_str!("../playbooks/_common/reports.toml")),
    ("control.toml", include_str!("../playbooks/_common/control.toml")),
];

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    fn toml_files(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(folder)
            .expect("the folder is there")
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .filter(|name| name.ends_with(".toml"))
            .collect();
        names.sort();
        names
    }

    #[test]
    fn every_file_of_the_folder_is_built_in() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("playbooks");
        let playbooks: Vec<_> = PLAYBOOKS.iter().map(|(name, _)| (*name).to_owned()).collect();
        assert_eq!(playbooks, toml_files(&folder));
        let mut common: Vec<_> = COMMON.iter().map(|(name, _)| (*name).to_owned()).collect();
        common.sort();
        assert_eq!(common, toml_files(&folder.join("_common")));
    }
}
