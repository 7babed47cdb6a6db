//! Reads from a Cargo.toml what the rules need: the package's name, its dependencies, whether it takes the shared lints.
//!
//! Not a TOML reader: it knows the shapes this repository writes (`name.workspace = true`, `name = "1"`,
//! `name = { .. }`, also over several lines, and `[dependencies.name]`). A renamed dependency counts under its real name.

/// One Cargo.toml.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Manifest {
    pub(super) name: String,
    /// Names from all dependency sections, build and dev ones too; in file order, perhaps more than once.
    pub(super) dependencies: Vec<String>,
    /// `[lints] workspace = true` is there.
    pub(super) shares_lints: bool,
}

impl Manifest {
    pub(super) fn read(text: &str) -> Self {
        let mut manifest = Self::default();
        let mut section = String::new();
        let mut depth = 0_i32;
        for line in text.lines().map(without_comment) {
            let is_continued = depth > 0;
            depth += bracket_balance(line);
            if is_continued {
                continue;
            }
            if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                section = name.trim_matches(['[', ']']).trim().to_owned();
                depth = 0;
                if let Some((before, name)) = section.rsplit_once('.')
                    && is_dependencies(before)
                {
                    manifest.dependencies.push(name.trim_matches('"').to_owned());
                }
                continue;
            }
            let Some((key, value)) = line.split_once('=') else { continue };
            let (key, value) = (key.trim(), value.trim());
            match section.as_str() {
                "package" if key == "name" => manifest.name = value.trim_matches('"').to_owned(),
                "lints" if key == "workspace" => manifest.shares_lints = value == "true",
                _ if is_dependencies(&section) => {
                    let name = key.split('.').next().unwrap_or(key).trim_matches('"');
                    manifest.dependencies.push(real_name(value).unwrap_or(name).to_owned());
                }
                _ => {}
            }
        }
        manifest
    }
}

/// `dependencies`, `dev-dependencies`, `build-dependencies`, also behind `workspace.` or `target.'..'.`.
fn is_dependencies(section: &str) -> bool {
    let last = section.rsplit('.').next().unwrap_or(section);
    matches!(last, "dependencies" | "dev-dependencies" | "build-dependencies")
}

/// The value of `package = ".."` inside an inline table.
fn real_name(value: &str) -> Option<&str> {
    let after = value.split_once("package")?.1.trim_start().strip_prefix('=')?;
    after.trim_start().strip_prefix('"')?.split('"').next()
}

fn without_comment(line: &str) -> &str {
    let mut is_quoted = false;
    let end = line.char_indices().find(|(_, character)| {
        is_quoted ^= *character == '"';
        *character == '#' && !is_quoted
    });
    end.map_or(line, |(at, _)| &line[..at]).trim()
}

fn bracket_balance(line: &str) -> i32 {
    line.chars().fold(0, |depth, character| match character {
        '{' | '[' => depth + 1,
        '}' | ']' => depth - 1,
        _ => depth,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_of_dependency_is_seen() {
        let text = r#"
            [package]
            name = "example" # the name
            [lints]
            workspace = true
            [dependencies]
            domain.workspace = true
            serde = { version = "1", features = ["derive"] }
            old = { package = "really-new", version = "2" }
            long = { version = "1", features = [
              "reqwest",
            ] }
            [dev-dependencies]
            proptest = "1"
            [target.'cfg(unix)'.dependencies]
            rustix = "1"
            [build-dependencies.tauri-build]
            version = "2"
            features = []
        "#;
        let manifest = Manifest::read(text);
        assert_eq!(manifest.name, "example");
        assert!(manifest.shares_lints);
        let expected = ["domain", "serde", "really-new", "long", "proptest", "rustix", "tauri-build"];
        assert_eq!(manifest.dependencies, expected);
    }

    #[test]
    fn features_and_profiles_are_no_dependencies() {
        let manifest = Manifest::read("[features]\ndefault = []\n[profile.dev]\ndebug = 1\n[package]\nname = \"a\"\n");
        assert!(manifest.dependencies.is_empty() && !manifest.shares_lints);
    }
}
