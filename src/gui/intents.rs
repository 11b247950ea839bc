//! Intents of a person, each with its words, its help and its keys. Buttons, shortcuts and the list of
//! shortcuts all come from here.

use eframe::egui::{Button, Context, Key, KeyboardShortcut, Modifiers, Response, Ui, WidgetText};

use crate::gui::state::train::View;
use crate::gui::state::{Effect, PhotoTarget, Pick, Save, Screen, State};
use crate::gui::widgets::icon::Icon;
use crate::table::TableFormat;
use crate::worker::protocol::IMAGE_FORMATS;

/// Something a person can want.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intent {
    /// Go to a screen.
    Show(Screen),
    /// Draw new positions for the sliders.
    Random,
    /// Put the sliders in the middle.
    Reset,
    /// Take the last change of the sliders back.
    Undo,
    /// Take the last undo back.
    Redo,
    /// Draw a new sheet of samples.
    NewSamples,
    /// Start or stop the walk.
    Play,
    /// Exchange the ends of the walk.
    Swap,
    /// Choose a checkpoint.
    OpenModel,
    /// Choose a photo.
    OpenPhoto,
    /// Take what the clipboard holds.
    Paste,
    /// Save the picture or the pictures of the screen.
    Save,
    /// Switch between crisp and smooth pixels.
    Smooth,
    /// Switch between the dark and the light theme.
    Theme,
    /// Show the list of shortcuts.
    Shortcuts,
    /// Show version and licences.
    About,
}

impl Intent {
    /// All, in the order of the list of shortcuts.
    pub const ALL: [Intent; 21] = [
        Intent::Show(Screen::Explore),
        Intent::Show(Screen::Reconstruct),
        Intent::Show(Screen::Interpolate),
        Intent::Show(Screen::Atlas),
        Intent::Show(Screen::Train),
        Intent::Show(Screen::Compare),
        Intent::Random,
        Intent::Reset,
        Intent::Undo,
        Intent::Redo,
        Intent::NewSamples,
        Intent::Play,
        Intent::Swap,
        Intent::OpenModel,
        Intent::OpenPhoto,
        Intent::Paste,
        Intent::Save,
        Intent::Smooth,
        Intent::Theme,
        Intent::Shortcuts,
        Intent::About,
    ];

    /// Its words on a button.
    pub fn text(self) -> &'static str {
        match self {
            Intent::Show(Screen::Explore) => "Explore",
            Intent::Show(Screen::Reconstruct) => "Reconstruct",
            Intent::Show(Screen::Interpolate) => "Interpolate",
            Intent::Show(Screen::Atlas) => "Atlas",
            Intent::Show(Screen::Train) => "Train",
            Intent::Show(Screen::Compare) => "Compare",
            Intent::Random => "Random",
            Intent::Reset => "Reset",
            Intent::Undo => "Undo",
            Intent::Redo => "Redo",
            Intent::NewSamples => "New samples",
            Intent::Play => "Play or pause",
            Intent::Swap => "Swap ends",
            Intent::OpenModel => "Open model…",
            Intent::OpenPhoto => "Open photo…",
            Intent::Paste => "Paste",
            Intent::Save => "Save picture…",
            Intent::Smooth => "Smooth pixels",
            Intent::Theme => "Light or dark theme",
            Intent::Shortcuts => "Keyboard shortcuts",
            Intent::About => "About Morphospace",
        }
    }

    /// A sentence about it.
    pub fn tooltip(self) -> &'static str {
        match self {
            Intent::Show(Screen::Explore) => "Move through the code space with sliders",
            Intent::Show(Screen::Reconstruct) => "See what the models make of a photo",
            Intent::Show(Screen::Interpolate) => "Walk past key faces on a timeline",
            Intent::Show(Screen::Atlas) => {
                "See a whole data set as a map, and decode the places between the points"
            }
            Intent::Show(Screen::Train) => "Train a model and watch it learn",
            Intent::Show(Screen::Compare) => "Measure models, or two sets of images, in tables",
            Intent::Random => "Draw a code from the prior; locked dimensions stay",
            Intent::Reset => "Back to the centre of the code space",
            Intent::Undo => "Take the last change of the sliders back",
            Intent::Redo => "Take the last undo back",
            Intent::NewSamples => "Draw another sheet from the prior",
            Intent::Play => "Move the scrubber there and back, or round a loop",
            Intent::Swap => "Go the walk backwards",
            Intent::OpenModel => {
                "A checkpoint of this program, or another program’s model: .onnx, .pt, .pth, .safetensors"
            }
            Intent::OpenPhoto => IMAGE_FORMATS,
            Intent::Paste => "A picture, or the path of a file, from the clipboard",
            Intent::Save => "Write what is shown as a PNG file, on Compare as Markdown",
            Intent::Smooth => "Enlarge pictures smoothly instead of showing each pixel as a square",
            Intent::Theme => "Switch between the light and the dark theme",
            Intent::Shortcuts => "Everything the keyboard can do",
            Intent::About => "Version, device and licences",
        }
    }

    /// Its keys.
    pub fn shortcut(self) -> Option<KeyboardShortcut> {
        let key = |key| Some(KeyboardShortcut::new(Modifiers::NONE, key));
        let command = |key| Some(KeyboardShortcut::new(Modifiers::COMMAND, key));
        let command_shift = |key| Some(KeyboardShortcut::new(Modifiers::COMMAND | Modifiers::SHIFT, key));
        match self {
            Intent::Show(Screen::Explore) => key(Key::Num1),
            Intent::Show(Screen::Reconstruct) => key(Key::Num2),
            Intent::Show(Screen::Interpolate) => key(Key::Num3),
            Intent::Show(Screen::Atlas) => key(Key::Num4),
            Intent::Show(Screen::Train) => key(Key::Num5),
            Intent::Show(Screen::Compare) => key(Key::Num6),
            Intent::Random => key(Key::R),
            Intent::Reset => key(Key::Home),
            Intent::Undo => command(Key::Z),
            Intent::Redo => command_shift(Key::Z),
            Intent::NewSamples => key(Key::N),
            Intent::Play => key(Key::Space),
            Intent::Swap => key(Key::X),
            Intent::OpenModel => command_shift(Key::O),
            Intent::OpenPhoto => command(Key::O),
            Intent::Paste => command(Key::V),
            Intent::Save => command(Key::S),
            Intent::Smooth => key(Key::P),
            Intent::Theme => key(Key::T),
            Intent::Shortcuts => key(Key::Questionmark),
            Intent::About => None,
        }
    }

    /// Its picture on a button.
    fn icon(self) -> Option<Icon> {
        match self {
            Intent::Random => Some(Icon::Dice),
            Intent::Reset => Some(Icon::Center),
            Intent::Undo => Some(Icon::Undo),
            Intent::Redo => Some(Icon::Redo),
            Intent::NewSamples => Some(Icon::Dice),
            Intent::Swap => Some(Icon::Swap),
            Intent::OpenModel | Intent::OpenPhoto => Some(Icon::Folder),
            Intent::Save => Some(Icon::Save),
            Intent::Paste => Some(Icon::Copy),
            _ => None,
        }
    }

    /// Whether it would do something now.
    pub fn is_possible(self, state: &State) -> bool {
        let exploring = state.screen == Screen::Explore && state.explore().is_some();
        match self {
            Intent::Random | Intent::Reset | Intent::NewSamples => exploring,
            Intent::Undo => exploring && state.explore().is_some_and(|e| e.history().can_undo()),
            Intent::Redo => exploring && state.explore().is_some_and(|e| e.history().can_redo()),
            Intent::Play => state.screen == Screen::Interpolate && state.walk_is_ready(),
            Intent::Swap => state.screen == Screen::Interpolate,
            Intent::Save => match state.screen {
                Screen::Explore => state.explore().is_some_and(|e| e.picture.is_some()),
                Screen::Reconstruct if state.reconstruct.is_sheet => !state.reconstruct.sheet.is_empty(),
                Screen::Reconstruct => state.models.iter().any(|m| state.reconstruct.shown(m.id).is_some()),
                Screen::Interpolate => state.walk_is_ready(),
                Screen::Atlas => state.atlas.shown.is_some(),
                Screen::Train => state.train.view == View::Curves && state.train.run().is_some(),
                Screen::Compare => state.compare.has_results(),
            },
            _ => true,
        }
    }

    /// Does it.
    pub fn run(self, state: &mut State) {
        if !self.is_possible(state) {
            return;
        }
        match self {
            Intent::Show(screen) => state.screen = screen,
            Intent::Random => on_explore(state, |explore| explore.randomize()),
            Intent::Reset => on_explore(state, |explore| explore.reset()),
            Intent::Undo => on_explore(state, |explore| {
                explore.undo();
            }),
            Intent::Redo => on_explore(state, |explore| {
                explore.redo();
            }),
            Intent::NewSamples => on_explore(state, |explore| explore.sample_seed += 1),
            Intent::Play => state.walk.playing = !state.walk.playing,
            Intent::Swap => state.walk.reverse(),
            Intent::OpenModel => state.effects.push(Effect::Pick(Pick::Model)),
            Intent::OpenPhoto => state.effects.push(Effect::Pick(Pick::Photo(PhotoTarget::Reconstruct))),
            Intent::Paste => state.effects.push(Effect::Paste),
            Intent::Save => {
                let save = match state.screen {
                    Screen::Explore => Save::ExplorePicture,
                    Screen::Reconstruct => Save::Reconstructions,
                    Screen::Interpolate => Save::WalkStrip,
                    Screen::Atlas => Save::AtlasPlot,
                    Screen::Train => Save::Plots,
                    Screen::Compare => Save::Results(TableFormat::Markdown),
                };
                state.effects.push(Effect::Pick(Pick::File(save)));
            }
            Intent::Smooth => state.settings.smooth = !state.settings.smooth,
            Intent::Theme => state.settings.light = !state.settings.light,
            Intent::Shortcuts => state.toggle_shortcuts(),
            Intent::About => (state.shortcuts_open, state.about.is_open) = (false, true),
        }
    }
}

fn on_explore(state: &mut State, change: impl FnOnce(&mut crate::gui::state::explore::Explore)) {
    if let Some(explore) = state.explore_mut() {
        change(explore);
    }
}

/// Runs what the keyboard asks for. Keys without Ctrl stay with a text field that has the focus.
pub fn run_shortcuts(ctx: &Context, state: &mut State) {
    let typing = ctx.text_edit_focused();
    let mut wanted: Vec<Intent> = Vec::new();
    // More modifiers first: egui takes Ctrl+Z for pressed while Shift is held too.
    let mut intents: Vec<(Intent, KeyboardShortcut)> =
        Intent::ALL.into_iter().filter_map(|intent| Some((intent, intent.shortcut()?))).collect();
    intents.sort_by_key(|(_, shortcut)| !shortcut.modifiers.shift);
    for (intent, shortcut) in intents {
        // The window system turns Ctrl+V into a paste event.
        if intent == Intent::Paste || (typing && shortcut.modifiers.is_none()) {
            continue;
        }
        let pressed = match shortcut.logical_key {
            // A question mark needs Shift on most keyboards.
            Key::Questionmark => ctx.input(|input| input.key_pressed(Key::Questionmark)),
            _ => ctx.input_mut(|input| input.consume_shortcut(&shortcut)),
        };
        if pressed {
            wanted.push(intent);
        }
    }
    for intent in wanted {
        intent.run(state);
    }
}

/// A button for an intent.
pub fn button(ui: &mut Ui, state: &mut State, intent: Intent) -> Response {
    let enabled = intent.is_possible(state);
    let response = ui.add_enabled_ui(enabled, |ui| match intent.icon() {
        Some(icon) => icon.button_with_text(ui, intent.text()),
        None => ui.add(Button::new(intent.text())),
    });
    finish(response.inner, state, intent)
}

/// A button for an intent that, where there is little room, shows only its icon.
pub fn tool(ui: &mut Ui, state: &mut State, intent: Intent, compact: bool) -> Response {
    match intent.icon() {
        Some(icon) if compact => icon_button(ui, state, intent, icon),
        _ => button(ui, state, intent),
    }
}

/// A button for an intent that shows only an icon.
pub fn icon_button(ui: &mut Ui, state: &mut State, intent: Intent, icon: Icon) -> Response {
    let enabled = intent.is_possible(state);
    let response = ui.add_enabled_ui(enabled, |ui| icon.button(ui, intent.text())).inner;
    finish(response, state, intent)
}

fn finish(response: Response, state: &mut State, intent: Intent) -> Response {
    let help = hover(intent, &response.ctx);
    let response = response.on_hover_text(help);
    if response.clicked() {
        intent.run(state);
    }
    response
}

/// The help of an intent with its keys.
pub fn hover(intent: Intent, ctx: &Context) -> WidgetText {
    match intent.shortcut() {
        Some(shortcut) => format!("{} ({})", intent.tooltip(), keys(ctx, &shortcut)).into(),
        None => intent.tooltip().into(),
    }
}

/// The name of a shortcut, as in "Ctrl+Z".
pub fn keys(ctx: &Context, shortcut: &KeyboardShortcut) -> String {
    if shortcut.logical_key == Key::Questionmark { "?".into() } else { ctx.format_shortcut(shortcut) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_intent_has_words_and_keys_of_its_own() {
        let mut seen = Vec::new();
        for intent in Intent::ALL {
            assert!(!intent.text().is_empty() && !intent.tooltip().is_empty());
            assert!(!intent.text().contains(':'), "{}", intent.text());
            if let Some(shortcut) = intent.shortcut() {
                assert!(!seen.contains(&shortcut), "{intent:?} shares {shortcut:?}");
                seen.push(shortcut);
            }
        }
    }
}
