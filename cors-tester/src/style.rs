//! Colour, for terminals.

use std::{
    env,
    io::{self, IsTerminal as _},
};

#[derive(Clone, Copy)]
pub(crate) struct Style {
    colored: bool,
}

#[derive(Clone, Copy)]
pub(crate) enum Color {
    Red = 31,
    Green = 32,
    Yellow = 33,
}

impl Style {
    /// Colour if standard output is a terminal, unless `NO_COLOR` is set, see <https://no-color.org>.
    pub(crate) fn of_stdout() -> Self {
        let no_color = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self {
            colored: !no_color && io::stdout().is_terminal(),
        }
    }

    pub(crate) fn paint(self, color: Color, text: &str) -> String {
        if self.colored {
            format!("\x1b[{}m{text}\x1b[0m", color as u8)
        } else {
            text.to_owned()
        }
    }
}
