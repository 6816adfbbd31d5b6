//! What a file tells of answered clients (`libdhcp_user_chk.so`). A thread of its own writes it, so that no packet waits.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread::JoinHandle;

use logging::Logs;

use crate::storage::message;

/// The most records that wait for the disk; beyond that they are lost, which is told.
const WAITING: usize = 65_536;
/// The most octets written at once.
const PIECE: usize = 1 << 20;

/// Takes records on their way to the file.
#[derive(Debug)]
pub(crate) struct Recorder {
    sender: SyncSender<Box<str>>,
    thread: JoinHandle<()>,
    logs: Logs,
    /// Records are being lost.
    loses: bool,
}

impl Recorder {
    /// Starts the thread.
    pub(crate) fn start(path: &Path, logs: &Logs) -> io::Result<Self> {
        let (sender, receiver) = mpsc::sync_channel(WAITING);
        let (path, outlet) = (path.to_owned(), logs.clone());
        let work = move || write(&path, &receiver, &outlet);
        let thread = std::thread::Builder::new().name("records".to_owned()).spawn(work)?;
        Ok(Self { sender, thread, logs: logs.clone(), loses: false })
    }

    /// Has a record written soon.
    pub(crate) fn record(&mut self, text: Box<str>) {
        let loses = self.sender.try_send(text).is_err();
        if loses && !self.loses {
            complain(&self.logs, format_args!("too many records wait to be written, some are lost"));
        }
        self.loses = loses;
    }

    /// Waits until all is written that can be.
    pub(crate) fn finish(self) {
        drop(self.sender);
        // A panic of the thread has been told where it happened.
        drop(self.thread.join());
    }
}

fn complain(logs: &Logs, text: std::fmt::Arguments<'_>) {
    logs.log(message("NESTOR_USERS_NOT_RECORDED"), text);
}

/// Appends what comes to the file, many records at once if there are.
fn write(path: &PathBuf, receiver: &Receiver<Box<str>>, logs: &Logs) {
    let mut fails = false;
    while let Ok(first) = receiver.recv() {
        let mut piece = String::from(first);
        while piece.len() < PIECE
            && let Ok(next) = receiver.try_recv()
        {
            piece.push_str(&next);
        }
        // Anew each time: whoever reads the file may take it away.
        let opened = OpenOptions::new().append(true).create(true).open(path);
        let written = opened.and_then(|mut file| file.write_all(piece.as_bytes()));
        if let Err(error) = &written
            && !fails
        {
            complain(logs, format_args!("cannot write {}: {error}; records are lost until it can be", path.display()));
        }
        fails = written.is_err();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_records_are_in_the_file_in_order_after_those_that_were_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("records");
        std::fs::write(&path, "before\n").unwrap();
        let mut recorder = Recorder::start(&path, &Logs::new("kea-dhcp4", false, None)).unwrap();
        for number in 0..100 {
            recorder.record(format!("{number}\n").into());
        }
        recorder.finish();
        let expected: Vec<String> = (0..100).map(|number| number.to_string()).collect();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), format!("before\n{}\n", expected.join("\n")));
    }
}
