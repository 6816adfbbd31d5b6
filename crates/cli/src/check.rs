//! `nestor check FILE`: says everything that is wrong with the text of a configuration, with the lines it is wrong in.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::sync::Mutex;

use config::{diagnostic, syntax};
use model::Family;

/// Checks one file; returns whether nothing is wrong with it.
///
/// # Errors
/// If the file cannot be read.
pub fn run(file: &Path, out: &mut dyn Write) -> io::Result<bool> {
    let name = file.display().to_string();
    let text =
        std::fs::read_to_string(file).map_err(|error| io::Error::new(error.kind(), format!("{name}: {error}")))?;
    let family = if text.contains("\"Dhcp4\"") { Family::V4 } else { Family::V6 };
    // Included files are kept, so that their lines can be shown.
    let texts = Mutex::new(BTreeMap::from([(name.clone(), text.clone())]));
    let load = |path: &str| {
        let text = std::fs::read_to_string(path)?;
        if let Ok(mut texts) = texts.lock() {
            texts.insert(path.to_owned(), text.clone());
        }
        Ok(text)
    };
    let (warnings, errors) = match syntax::read(family, &name, &text, &load) {
        Ok((_, warnings)) => (warnings, None),
        Err(errors) => (errors.warnings.clone(), Some(errors)),
    };
    for warning in &warnings {
        writeln!(out, "warning: {warning}")?;
    }
    let Some(errors) = errors else {
        writeln!(out, "{name}: the text is right")?;
        return Ok(true);
    };
    let show = |source: &str| texts.lock().ok().and_then(|texts| texts.get(source).cloned());
    writeln!(out, "{}", diagnostic::render(&errors, family, &show, io::stdout().is_terminal()).trim_end())?;
    Ok(false)
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
}
