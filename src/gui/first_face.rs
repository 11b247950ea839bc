//! For `morphospace bench start`: says when the first face is on screen, and closes the window.

use std::io::Write;

use eframe::egui::{Context, ViewportCommand};

use crate::config::EXIT_AT_FIRST_FACE;

/// Watches for the first face, if it was asked for.
pub struct FirstFace {
    wanted: bool,
    drawn: bool,
}

impl FirstFace {
    /// Looks into the environment.
    pub fn new() -> Self {
        Self { wanted: std::env::var_os(EXIT_AT_FIRST_FACE).is_some(), drawn: false }
    }

    /// Called at the end of every frame; `face` says whether the frame showed one. What a frame drew is on
    /// screen when the next one begins, so it is the one after the face that speaks.
    pub fn end_frame(&mut self, ctx: &Context, face: bool) {
        if !self.wanted {
            return;
        }
        if self.drawn {
            self.wanted = false;
            // Whoever asked may be gone; the window closes all the same.
            let _ = writeln!(std::io::stdout(), "first face");
            ctx.send_viewport_cmd(ViewportCommand::Close);
        }
        self.drawn = face;
        ctx.request_repaint();
    }
}
