//! Fills message templates: every placeholder gets a value, stays empty where it may, or the message is refused.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::common::templates::Template;
use crate::placeholders::{Piece, pieces};

/// One placeholder of a template, for a form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MessageField {
    /// Name between the braces.
    pub name: String,
    /// True where it may stay empty.
    pub optional: bool,
    /// Text that is proposed; empty where there is none.
    pub offered: String,
    /// True where it takes an address, or for voting at the desk the place and hours.
    pub is_address: bool,
}

/// The fields of a template in the order in which they are listed.
pub fn fields(template: &Template) -> Vec<MessageField> {
    let field = |name: &String| MessageField {
        name: name.clone(),
        optional: template.optional.contains(name),
        offered: template.offered.get(name).cloned().unwrap_or_default(),
        is_address: name.ends_with("_url"),
    };
    template.placeholders.iter().map(field).collect()
}

/// A filled message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FilledMessage {
    /// Template.
    pub template: String,
    /// For whom.
    pub audience: String,
    /// Subject, one line.
    pub subject: String,
    /// Text.
    pub body: String,
    /// True where it holds a credential or receipt: keep it in the outbox only, scrub it when the election closes.
    pub secret: bool,
    /// True where it is the regular update to the response team.
    pub is_update: bool,
}

/// Everything that keeps a message from being filled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize)]
#[error("The message \"{template}\" cannot be filled: {}", .reasons.join("; "))]
pub struct UnfilledMessage {
    /// Template.
    pub template: String,
    /// Placeholders without a value.
    pub missing: Vec<String>,
    /// One sentence for each thing to put right.
    pub reasons: Vec<String>,
}

/// Fills a template.
///
/// # Errors
/// All placeholders that are missing, values that belong to no placeholder, and values that would break the subject.
pub fn fill(template: &Template, values: &BTreeMap<String, String>) -> Result<FilledMessage, UnfilledMessage> {
    let value = |name: &str| values.get(name).map(String::as_str).filter(|value| !value.trim().is_empty());
    let missing: Vec<String> = template
        .placeholders
        .iter()
        .filter(|name| value(name).is_none() && !template.optional.contains(name))
        .cloned()
        .collect();
    let mut reasons: Vec<String> = missing.iter().map(|name| format!("\"{name}\" is empty; write it")).collect();
    for name in values.keys().filter(|name| !template.placeholders.contains(name)) {
        reasons.push(format!("\"{name}\" is no placeholder of this message; leave it out"));
    }
    let put_together = |text: &str| {
        let put = |piece: Piece<'_>| match piece {
            Piece::Text(plain) => plain.to_owned(),
            Piece::Name(name) => value(name).unwrap_or_default().to_owned(),
        };
        pieces(text).into_iter().map(put).collect::<String>()
    };
    let subject = put_together(&template.subject);
    if subject.contains(['\n', '\r']) {
        reasons.push("a value puts a line break into the subject; write it in one line".to_owned());
    }
    if !reasons.is_empty() {
        return Err(UnfilledMessage { template: template.id.clone(), missing, reasons });
    }
    Ok(FilledMessage {
        template: template.id.clone(),
        audience: template.audience.clone(),
        subject,
        body: tidy(&put_together(&template.body)),
        secret: template.secret,
        is_update: template.is_update(),
    })
}

/// Takes away what an empty optional value leaves behind: doubled spaces and spaces at the ends of lines.
fn tidy(body: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for line in body.lines() {
        let mut text = String::with_capacity(line.len());
        for letter in line.chars() {
            if !(letter == ' ' && text.ends_with(' ')) {
                text.push(letter);
            }
        }
        lines.push(text.trim_end().to_owned());
    }
    let mut text = lines.join("\n");
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Library;

    fn values(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn every_template_is_filled_and_leaves_no_brace() {
        let library = Library::shipped();
        for template in &library.templates {
            let all: BTreeMap<_, _> =
                template.placeholders.iter().map(|name| (name.clone(), format!("<{name}>"))).collect();
            let filled = fill(template, &all).expect("all values are there");
            for text in [&filled.subject, &filled.body] {
                assert!(!text.contains("{{"), "{}: {text}", template.id);
            }
            for name in &template.placeholders {
                let value = format!("<{name}>");
                assert!(filled.subject.contains(&value) || filled.body.contains(&value), "{}: {name}", template.id);
            }
        }
    }

    #[test]
    fn what_is_missing_is_named_and_what_is_optional_may_stay_empty() {
        let library = Library::shipped();
        let template = library.template("voter-extension").expect("shipped");
        let mut some = values(&[
            ("election_name", "Officers 2026"),
            ("new_end_time", "12 February 2026, 18:00"),
            ("time_zone", "UTC"),
            ("reason", "the sign-in failed for an hour"),
        ]);
        let refused = fill(template, &some).expect_err("the address is missing");
        assert_eq!(refused.missing, ["voting_url"]);
        some.insert("voting_url".to_owned(), "https://vote.example.org".to_owned());
        let filled = fill(template, &some).expect("the rest is optional");
        assert_eq!(filled.subject, "Voting in Officers 2026 now ends 12 February 2026, 18:00");
        assert_eq!(
            filled.body,
            "The deadline for Officers 2026 has moved to 12 February 2026, 18:00 (UTC). Reason: the sign-in failed for \
             an hour.\nIf you have voted you need do nothing.\nVote here: https://vote.example.org\n"
        );
        assert!(!filled.secret);
        some.insert("wrong".to_owned(), "x".to_owned());
        assert!(fill(template, &some).expect_err("foreign").to_string().contains("\"wrong\" is no placeholder"));
    }

    #[test]
    fn a_value_with_braces_stays_text_and_a_line_break_stays_out_of_the_subject() {
        let library = Library::shipped();
        let template = library.template("short-banner").expect("shipped");
        let mut some = values(&[
            ("incident_id", "{{impact}}"),
            ("severity_label", "P0"),
            ("status", "Investigating"),
            ("now", "10:00"),
            ("impact", "Nobody can vote."),
            ("next_update_time", "10:15"),
        ]);
        let filled = fill(template, &some).expect("filled");
        assert_eq!(filled.subject, "{{impact}} P0: Investigating", "values are never filled again");
        assert!(filled.is_update);
        some.insert("status".to_owned(), "x\nBcc: all".to_owned());
        assert!(fill(template, &some).expect_err("a header of its own").to_string().contains("line break"));
    }

    #[test]
    fn secret_templates_and_offered_texts_are_told() {
        let library = Library::shipped();
        let secret: Vec<_> =
            library.templates.iter().filter(|template| template.secret).map(|template| template.id.as_str()).collect();
        assert_eq!(secret, ["voter-credential", "voter-receipt"]);
        let form = fields(library.template("voter-extension").expect("shipped"));
        let sentence = form.iter().find(|field| field.name == "replacement_sentence").expect("listed");
        assert!(sentence.optional && sentence.offered.starts_with("You may vote again"));
        assert!(form.iter().any(|field| field.name == "voting_url" && field.is_address));
    }
}
