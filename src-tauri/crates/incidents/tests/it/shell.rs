//! Commands: every placeholder is filled or refused, and no value ever leaves its quotes.
//!
//! The filled line is taken apart by a small reader of the POSIX shell grammar that is written here and knows nothing of
//! the code under test; a few lines are also given to a real shell.

use std::collections::BTreeMap;
use std::process::Command;

use domain::Instant;
use incidents::Library;
use incidents::command_fill::{
    EnvironmentProfile, FillError, KnownValues, WarningRead, call_list, fill, incident_stamp, quick_reference, quoted,
};
use incidents::common::commands::{Effect, Shell};
use proptest::prelude::*;

use crate::desk::library;

/// A word or an operator of a shell line.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    Operator(char),
    /// Something that makes the shell do more than read words: `$`, a backquote, a glob, a comment.
    Live(char),
}

/// Takes a line apart: blanks, quotes, backslashes and operators as XCU 2.2 and 2.3 say.
fn tokens(line: &str) -> Result<Vec<Token>, String> {
    let mut found = Vec::new();
    let mut word: Option<String> = None;
    let mut letters = line.chars().peekable();
    let finish = |word: &mut Option<String>, found: &mut Vec<Token>| {
        if let Some(done) = word.take() {
            found.push(Token::Word(done));
        }
    };
    while let Some(letter) = letters.next() {
        match letter {
            '\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match letters.next() {
                        None => return Err("an open single quote".to_owned()),
                        Some('\'') => break,
                        Some(inner) => word.push(inner),
                    }
                }
            }
            '"' => {
                let word = word.get_or_insert_default();
                loop {
                    match letters.next() {
                        None => return Err("an open double quote".to_owned()),
                        Some('"') => break,
                        Some('\\') => {
                            let next = letters.next().ok_or("a last backslash")?;
                            if !matches!(next, '$' | '`' | '"' | '\\' | '\n') {
                                word.push('\\');
                            }
                            word.push(next);
                        }
                        Some(live @ ('$' | '`')) => found.push(Token::Live(live)),
                        Some(inner) => word.push(inner),
                    }
                }
            }
            '\\' => word.get_or_insert_default().push(letters.next().ok_or("a last backslash")?),
            ' ' | '\t' => finish(&mut word, &mut found),
            '\n' | '|' | '&' | ';' | '<' | '>' | '(' | ')' => {
                finish(&mut word, &mut found);
                found.push(Token::Operator(letter));
            }
            '$' | '`' | '*' | '?' | '[' | '~' | '!' | '{' | '}' => {
                found.push(Token::Live(letter));
                word.get_or_insert_default().push(letter);
            }
            '#' if word.is_none() => found.push(Token::Live('#')),
            other => word.get_or_insert_default().push(other),
        }
    }
    finish(&mut word, &mut found);
    Ok(found)
}

#[test]
fn the_reader_of_this_test_reads_as_a_shell_does() {
    let word = |text: &str| Token::Word(text.to_owned());
    let read = tokens(r#"a 'b c'\''d' "e\"f" g\ h|i >j"#).expect("a line");
    let expected = [
        word("a"),
        word("b c'd"),
        word("e\"f"),
        word("g h"),
        Token::Operator('|'),
        word("i"),
        Token::Operator('>'),
        word("j"),
    ];
    assert_eq!(read, expected);
    assert!(tokens("'open").is_err());
    assert!(tokens("a $b").expect("a line").contains(&Token::Live('$')));
}

/// The values of the example installation, and something plain for the rest.
fn examples() -> (&'static Library, EnvironmentProfile, KnownValues) {
    let library = library();
    let known: KnownValues = [
        ("external_health_url", "https://example.org/health"),
        ("query_pid", "4711"),
        ("restore_time", "2026-02-10T14:00:00Z"),
        ("incident_stamp", "20260210-1430"),
        ("incident_id", "INC-2026-02-10-001"),
        ("message_text", "It's \"down\"; $(all) of `it`\nsecond line"),
        ("election_id", "88327ee5-72a7-46d7-931b-4a0db9f77ab9"),
        ("vote_id", "17"),
        ("reason", "asked%20by%20the%20voter"),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .collect();
    let profile =
        EnvironmentProfile { name: "example".to_owned(), use_examples: true, ..EnvironmentProfile::default() };
    (library, profile, known)
}

#[test]
fn every_command_is_filled_without_a_brace_left_or_refused() {
    let (library, profile, known) = examples();
    assert_eq!(library.commands.commands.len(), 57, "[[command]] of commands.toml");
    for command in &library.commands.commands {
        let filled = fill(&library.commands, &command.id, &profile, &known).expect(&command.id);
        let text = filled.text_after(WarningRead);
        assert!(!text.contains("{{"), "{text}");
        if command.shell == Shell::Sh {
            tokens(text).expect(text);
        }
        // Nothing given: a command with placeholders is refused, and says which value is missing.
        let empty = EnvironmentProfile::default();
        match fill(&library.commands, &command.id, &empty, &KnownValues::new()) {
            Ok(_) => assert!(command.placeholders.is_empty(), "{}", command.id),
            Err(FillError::Missing { placeholder, .. }) => assert_eq!(placeholder, command.placeholders[0]),
            Err(other) => panic!("{other}"),
        }
    }
    let told = fill(&library.commands, "health", &EnvironmentProfile::default(), &KnownValues::new());
    assert_eq!(
        told.expect_err("no address").to_string(),
        "The command \"health\" needs a value for \"health_url\" (Health page of the application); fill it in in the \
         profile"
    );
    assert!(matches!(fill(&library.commands, "nope", &profile, &known), Err(FillError::Unknown { .. })));
}

#[test]
fn a_destructive_command_is_given_out_only_after_its_warning() {
    let (library, profile, known) = examples();
    let filled = fill(&library.commands, "restore-latest", &profile, &known).expect("filled");
    assert_eq!(filled.text(), None);
    assert!(filled.warning().expect("a warning").starts_with("Overwrites the environment it is given."));
    assert_eq!(filled.text_after(WarningRead), "./scripts/db_restore.sh --latest production");
    assert_eq!(filled.examples, ["environment"], "values of the example installation are named");
    let look = fill(&library.commands, "health", &profile, &known).expect("filled");
    assert_eq!((look.text(), look.warning()), (Some("curl -f https://electra.example.com/api/health/"), None));
    let destructive = library.commands.commands.iter().filter(|command| command.effect == Effect::Destructive);
    let ids: Vec<&str> = destructive.map(|command| command.id.as_str()).collect();
    assert_eq!(ids, ["end-query", "restore-latest", "rotate-secrets", "astra-advance", "logbook-exclude-vote"]);
}

#[test]
fn values_with_shell_characters_are_refused_with_a_message() {
    let (library, _, known) = examples();
    for (value, told) in [
        ("a;b", "';'"),
        ("a b", "' '"),
        ("$(x)", "'$'"),
        ("a'b", "'\\''"),
        ("a\nb", "'\\n'"),
        ("ä", "'ä'"),
        ("a\u{200b}b", "'\\u{200b}'"),
        ("{x,y}", "'{'"),
        ("~root", "'~'"),
        ("--all", "begins with -"),
    ] {
        let profile = EnvironmentProfile {
            values: BTreeMap::from([("namespace".to_owned(), value.to_owned())]),
            ..EnvironmentProfile::default()
        };
        let error = fill(&library.commands, "instances", &profile, &known).expect_err(value).to_string();
        assert!(error.contains("\"namespace\"") && error.contains(told), "{error}");
    }
    let profile = EnvironmentProfile {
        values: BTreeMap::from([("query_pid".to_owned(), "1+1".to_owned())]),
        ..EnvironmentProfile::default()
    };
    let error = fill(&library.commands, "end-query", &profile, &KnownValues::new()).expect_err("no number");
    assert!(error.to_string().contains("digits only"), "{error}");
    let bell = KnownValues::from([("message_text".to_owned(), "a\u{7}b".to_owned())]);
    let own = EnvironmentProfile { use_examples: true, ..EnvironmentProfile::default() };
    assert!(fill(&library.commands, "post-chat", &own, &bell).expect_err("a bell").to_string().contains("U+0007"));
}

#[test]
fn a_real_shell_gives_the_message_back() {
    for text in ["plain", "It's", "'", "''", "a'; touch /tmp/never; '", "$HOME `id` \\ \" * ?", "two\nlines\t", "-n"] {
        let script = format!("printf '%s.' {}", quoted(text));
        let output = Command::new("sh").arg("-c").arg(&script).output().expect("a shell");
        assert!(output.status.success());
        assert_eq!(String::from_utf8(output.stdout).expect("text"), format!("{text}."), "{script}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    /// A quoted text is one word, whatever it holds; the words around it stay what they are.
    #[test]
    fn a_quoted_value_never_leaves_its_quotes(text in "[ -~äß€\n\t]{0,40}") {
        let (library, profile, mut known) = examples();
        known.insert("message_text".to_owned(), text.clone());
        let filled = match fill(&library.commands, "post-chat", &profile, &known) {
            Ok(filled) => filled,
            Err(FillError::Missing { .. }) => { prop_assert!(text.is_empty()); return Ok(()); }
            Err(other) => return Err(TestCaseError::fail(other.to_string())),
        };
        let words = tokens(filled.text().expect("not destructive")).map_err(TestCaseError::fail)?;
        let word = |text: &str| Token::Word(text.to_owned());
        prop_assert_eq!(
            words,
            vec![word("printf"), word("%s\\n"), Token::Word(text), Token::Operator('|'), word("slack-notify")]
        );
    }

    /// A plain value is taken as it is or refused; where it is taken, it changes no other word of the line.
    #[test]
    fn a_plain_value_changes_no_other_word(value in "[ -~ä\n]{1,12}|[A-Za-z0-9_./:@=%+,-]{1,12}") {
        let (library, profile, known) = examples();
        let with = |value: &str| {
            let mut profile = profile.clone();
            profile.values.insert("namespace".to_owned(), value.to_owned());
            profile
        };
        for command in library.commands.commands.iter().filter(|command| {
            command.shell == Shell::Sh && command.placeholders.contains(&"namespace".to_owned())
        }) {
            let plain = fill(&library.commands, &command.id, &with("xxxx"), &known).expect("plain");
            let expected = tokens(plain.text_after(WarningRead)).expect("a line");
            let is_plain = value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_./:@=%+,-".contains(&byte));
            match fill(&library.commands, &command.id, &with(&value), &known) {
                Ok(filled) => {
                    prop_assert!(is_plain && !value.starts_with('-'));
                    let read = tokens(filled.text_after(WarningRead)).map_err(TestCaseError::fail)?;
                    let put = |token: &Token| match token {
                        Token::Word(text) => Token::Word(text.replace("xxxx", &value)),
                        other => other.clone(),
                    };
                    prop_assert_eq!(read, expected.iter().map(put).collect::<Vec<_>>());
                }
                Err(_) => prop_assert!(!is_plain || value.starts_with('-')),
            }
        }
    }
}

#[test]
fn the_quick_reference_and_the_call_list_say_what_is_missing() {
    let (library, profile, known) = examples();
    let page = quick_reference(&library.commands, &profile, &known);
    assert_eq!(page.iter().map(|part| part.lines.len()).collect::<Vec<_>>(), [12, 6, 3, 3, 4, 2]);
    assert!(page.iter().flat_map(|part| &part.lines).all(|line| line.missing.is_empty()));
    let bare = quick_reference(&library.commands, &EnvironmentProfile::default(), &KnownValues::new());
    assert!(bare[0].lines[0].missing.contains("health_url"));
    assert_eq!(bare[0].lines[0].text, "curl -f {{health_url}}");
    let now = Instant::parse("2026-02-10T14:30:00Z").expect("a time");
    let list = call_list(&library.contacts, &library.commands, &profile, &library.control, now);
    assert_eq!(
        list.ladder.iter().map(|contact| contact.id.as_str()).collect::<Vec<_>>(),
        ["primary", "secondary", "manager", "director"]
    );
    assert_eq!(list.others.len(), 10);
    assert_eq!(list.warnings.len(), 14 + 3, "every shipped contact and service is an example");
    assert!(list.control.is_draft, "the shipped set is a draft");
    assert_eq!(incident_stamp(now), "20260210-1430");
}
