//! `nestor check FILE`: says what is wrong with a configuration, with the lines it is wrong in: all that is wrong with
//! its text, or the first thing that is wrong with its meaning.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::sync::Mutex;

use config::{Configuration, FileError, diagnostic};
use model::Family;
use server::paths::Paths;
use server::reconfigure::with_surroundings;

/// Checks one file; returns whether nothing is wrong with it.
///
/// # Errors
/// If the file cannot be read, or the interfaces of the system cannot be listed.
pub fn run(file: &Path, out: &mut dyn Write) -> io::Result<bool> {
    let name = file.display().to_string();
    let text =
        std::fs::read_to_string(file).map_err(|error| io::Error::new(error.kind(), format!("{name}: {error}")))?;
    let family = family_of(&text);
    // Included files are kept, so that their lines can be shown.
    let texts = Mutex::new(BTreeMap::from([(name.clone(), text.clone())]));
    let load = |path: &str| {
        let text = std::fs::read_to_string(path)?;
        if let Ok(mut texts) = texts.lock() {
            texts.insert(path.to_owned(), text.clone());
        }
        Ok(text)
    };
    let interfaces = net::interfaces().map_err(io::Error::other)?;
    let outcome = with_surroundings(&Paths::from_environment(), false, &interfaces, |surroundings| {
        config::from_file_text(family, &name, &text, &load, surroundings)
    });
    for warning in match &outcome {
        Ok((_, warnings)) | Err(FileError::Semantic(_, warnings)) => warnings,
        Err(FileError::Syntax(errors)) => &errors.warnings,
    } {
        writeln!(out, "warning: {warning}")?;
    }
    let show = |source: &str| texts.lock().ok().and_then(|texts| texts.get(source).cloned());
    let colour = io::stdout().is_terminal();
    let shown = match &outcome {
        Ok((configuration, _)) => {
            warn(configuration, out)?;
            format!("{name}: nothing is wrong")
        }
        Err(FileError::Syntax(errors)) => diagnostic::render(errors, family, &show, colour),
        Err(FileError::Semantic(error, _)) => {
            let place = error.span.as_ref().map(|span| format!("{span}: ")).unwrap_or_default();
            format!("{place}{}", diagnostic::render_meaning(error, &show, colour))
        }
    };
    writeln!(out, "{}", shown.trim_end())?;
    Ok(outcome.is_ok())
}

/// Names what is configured and not served.
fn warn(configuration: &Configuration, out: &mut dyn Write) -> io::Result<()> {
    for notice in configuration.notices.iter().filter(|notice| notice.id.starts_with("NESTOR_")) {
        writeln!(out, "warning: {}", notice.text)?;
    }
    Ok(())
}

/// Says which server a text is for: the one named first.
pub(crate) fn family_of(text: &str) -> Family {
    let at = |key: &str| text.find(key).unwrap_or(text.len());
    if at("\"Dhcp4\"") < at("\"Dhcp6\"") { Family::V4 } else { Family::V6 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_of_a_file_is_shown_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("x.conf");
        std::fs::write(&file, "{ \"Dhcp6\": {\n  \"valid-lifetme\": 7,\n  \"renew-timer\": \"x\"\n} }\n").unwrap();
        let mut out = Vec::new();
        assert!(!run(&file, &mut out).unwrap());
        let said = String::from_utf8(out).unwrap();
        assert!(said.contains("valid-lifetme") && said.contains("renew-timer") && said.contains('^'), "{said}");
        std::fs::write(&file, "{ \"Dhcp6\": { \"valid-lifetime\": 7 } }").unwrap();
        assert!(run(&file, &mut Vec::new()).unwrap());
    }

    #[test]
    fn a_wrong_meaning_is_shown_with_its_place_its_line_and_a_hint() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("x.conf");
        let text = "{ \"Dhcp4\": {\n  \"option-data\": [ { \"name\": \"routrs\", \"data\": \"192.0.2.1\" } ]\n} }\n";
        std::fs::write(&file, text).unwrap();
        let mut out = Vec::new();
        assert!(!run(&file, &mut out).unwrap());
        let said = String::from_utf8(out).unwrap();
        assert!(said.starts_with(&format!("{}:2:30: ", file.display())), "{said}");
        assert!(said.contains(" 2 |   \"option-data\"") && said.contains("did you mean 'routers'?"), "{said}");
    }

    #[test]
    fn what_is_configured_and_not_served_is_warned_of() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("x.conf");
        std::fs::write(&file, "{ \"Dhcp4\": { \"hosts-database\": { \"type\": \"mysql\", \"name\": \"kea\" } } }")
            .unwrap();
        let mut out = Vec::new();
        assert!(run(&file, &mut out).unwrap());
        assert!(String::from_utf8(out).unwrap().starts_with("warning: hosts-database: configured"));
    }
}
