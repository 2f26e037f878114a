//! The terminal, which is left as it was found: at the end, on an error, and on a panic.

use crossterm::cursor::Show;
use crossterm::event::{
    DisableBracketedPaste, DisableFocusChange, EnableBracketedPaste, EnableFocusChange,
};
use crossterm::execute;
use crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use std::io::{Result, Stdout, stdout};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::Notify;

/// Whether the terminal is to be given back: there is one of a process, and a panic may be in any thread.
static IS_TAKEN: AtomicBool = AtomicBool::new(false);

/// Is the terminal, until this is dropped.
pub(super) struct Whole {
    /// What is drawn on.
    pub(super) terminal: Terminal<CrosstermBackend<Stdout>>,
    /// Tells of a panic in any thread: the terminal is given back then already.
    pub(super) panicked: Arc<Notify>,
    _taken: Taken,
}

struct Taken;

impl Whole {
    /// Takes the terminal.
    ///
    /// # Errors
    /// Those of the terminal.
    pub(super) fn take() -> Result<Self> {
        let taken = Taken;
        IS_TAKEN.store(true, Ordering::SeqCst);
        let panicked = give_back_on_panic();
        enable_raw_mode()?;
        execute!(
            stdout(),
            EnterAlternateScreen,
            // Not all terminals know these: who does not, ignores them.
            EnableBracketedPaste,
            EnableFocusChange
        )?;
        Ok(Self {
            terminal: Terminal::new(CrosstermBackend::new(stdout()))?,
            panicked,
            _taken: taken,
        })
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        give_back();
    }
}

/// Gives the terminal back before a panic is told of.
fn give_back_on_panic() -> Arc<Notify> {
    let panicked = Arc::new(Notify::new());
    let (before, teller) = (std::panic::take_hook(), Arc::clone(&panicked));
    std::panic::set_hook(Box::new(move |panic| {
        give_back();
        before(panic);
        teller.notify_one();
    }));
    panicked
}

/// Gives the terminal back, once. There is nobody to tell where that fails.
fn give_back() {
    if !IS_TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    _ = disable_raw_mode();
    _ = execute!(
        stdout(),
        DisableFocusChange,
        DisableBracketedPaste,
        LeaveAlternateScreen,
        Show
    );
}
