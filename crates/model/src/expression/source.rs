//! Where the text of an expression came from: one string, or an array of them that are joined.

use super::{Span, SyntaxError};

/// The text of an expression, and the strings it was put together from.
///
/// The strings of an array become lines of one text, so that a line break stands between them: no word and no quoted text
/// goes over the end of a string, and a position's line tells the string.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    text: String,
    /// How many lines each string has.
    lines: Vec<u32>,
}

impl Source {
    /// Joins strings; a single one stays as it is.
    pub fn new<'s>(parts: impl IntoIterator<Item = &'s str>) -> Self {
        let (mut text, mut lines) = (String::new(), Vec::new());
        for (nth, part) in parts.into_iter().enumerate() {
            if nth > 0 {
                text.push('\n');
            }
            text.push_str(part);
            lines.push(u32::try_from(part.matches('\n').count()).unwrap_or(u32::MAX).saturating_add(1));
        }
        Self { text, lines }
    }

    /// Lends the whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Tells which string a place is in, counted from 0, and where in it.
    pub fn locate(&self, span: Span) -> (usize, Span) {
        let mut line = span.line;
        for (nth, lines) in self.lines.iter().enumerate() {
            if line <= *lines || nth.saturating_add(1) == self.lines.len() {
                return (nth, Span { line, ..span });
            }
            line = line.saturating_sub(*lines);
        }
        (0, span)
    }

    /// Shows the line of an error with a mark under the place, and what may have been meant.
    pub fn show(&self, error: &SyntaxError) -> String {
        let mut shown = String::new();
        if let Some(span) = error.span
            && let Some(line) =
                usize::try_from(span.line).ok().and_then(|line| self.text.split('\n').nth(line.saturating_sub(1)))
        {
            let (shown_line, mark) = marked(line, span);
            shown = format!("{shown_line}\n{mark}\n");
        }
        if let Some(hint) = &error.hint {
            shown.push_str("= ");
            shown.push_str(hint);
            shown.push('\n');
        }
        shown
    }
}

/// How much of a long line is shown before the mark.
const BEFORE: usize = 60;
/// How much is shown behind its beginning.
const BEHIND: usize = 60;

/// Gives the part of a line worth showing and the marks under it. Columns count octets; marks count characters.
fn marked(line: &str, span: Span) -> (String, String) {
    let place = |column: u32| usize::try_from(column).unwrap_or(usize::MAX).saturating_sub(1);
    let (from, to) = (place(span.column), place(span.last));
    let shown = from.saturating_sub(BEFORE)..from.saturating_add(BEHIND);
    let (mut text, mut mark) = (String::new(), String::new());
    for (at, character) in line.char_indices().filter(|(at, _)| shown.contains(at)) {
        text.push(if character.is_control() { ' ' } else { character });
        if at < from {
            mark.push(' ');
        } else if at <= to {
            mark.push('^');
        }
    }
    if from >= line.len() {
        mark.push('^');
    }
    (text, mark)
}
