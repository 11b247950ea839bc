//! Intents of a person, each with its words, its help and its keys. Buttons, shortcuts, the palette and the help all
//! come from here.

use std::borrow::Cow;

use eframe::egui::{Button, Context, Key, KeyboardShortcut, LayerId, Modifiers, Response, Ui, WidgetText};
use rust_i18n::t;

use crate::gui::language::tr;
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
    /// Take the photo that comes with the program.
    ExampleFace,
    /// Take what the clipboard holds.
    Paste,
    /// Save the picture or the pictures of the screen.
    Save,
    /// See a posterior collapse.
    Collapse,
    /// Switch between crisp and smooth pixels.
    Smooth,
    /// Switch between the dark and the light theme.
    Theme,
    /// Look for anything by its words.
    Palette,
    /// Be shown round the window.
    Tour,
    /// Show help and shortcuts.
    Shortcuts,
    /// Show version and licences.
    About,
}

/// Group of intents in the help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// The screens.
    Screens,
    /// The sliders of Explore.
    Explore,
    /// The walk of Interpolate.
    Interpolate,
    /// Files, pictures, looks and help.
    Everywhere,
}

impl Intent {
    /// All, in the order of the palette.
    pub const ALL: [Intent; 25] = [
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
        Intent::OpenPhoto,
        Intent::OpenModel,
        Intent::ExampleFace,
        Intent::Paste,
        Intent::Save,
        Intent::Collapse,
        Intent::Smooth,
        Intent::Theme,
        Intent::Palette,
        Intent::Tour,
        Intent::Shortcuts,
        Intent::About,
    ];

    /// Its words on a button.
    pub fn text(self) -> Cow<'static, str> {
        match self {
            Intent::Show(Screen::Explore) => t!("Explore"),
            Intent::Show(Screen::Reconstruct) => t!("Reconstruct"),
            Intent::Show(Screen::Interpolate) => t!("Interpolate"),
            Intent::Show(Screen::Atlas) => t!("Atlas"),
            Intent::Show(Screen::Train) => t!("Train"),
            Intent::Show(Screen::Compare) => t!("Compare"),
            Intent::Random => t!("Random"),
            Intent::Reset => t!("Reset"),
            Intent::Undo => t!("Undo"),
            Intent::Redo => t!("Redo"),
            Intent::NewSamples => t!("New samples"),
            Intent::Play => t!("Play or pause"),
            Intent::Swap => t!("Swap ends"),
            Intent::OpenModel => t!("Open model…"),
            Intent::OpenPhoto => t!("Open photo…"),
            Intent::ExampleFace => t!("Try an example face"),
            Intent::Paste => t!("Paste"),
            Intent::Save => t!("Save picture…"),
            Intent::Collapse => t!("Watch a posterior collapse"),
            Intent::Smooth => t!("Smooth pixels"),
            Intent::Theme => t!("Light or dark theme"),
            Intent::Palette => t!("Find anything"),
            Intent::Tour => t!("Take the tour"),
            Intent::Shortcuts => t!("Help and keyboard shortcuts"),
            Intent::About => t!("About Morphospace"),
        }
    }

    /// A sentence about it.
    pub fn tooltip(self) -> Cow<'static, str> {
        match self {
            Intent::Show(Screen::Explore) => {
                t!("Change a face with named sliders, and see what a model has learned")
            }
            Intent::Show(Screen::Reconstruct) => t!("See what every model makes of a photo of yours"),
            Intent::Show(Screen::Interpolate) => t!("Walk from face to face on a timeline"),
            Intent::Show(Screen::Atlas) => {
                t!("See a whole data set as a map, and decode the places between the points")
            }
            Intent::Show(Screen::Train) => {
                t!("Train a model, watch it learn and change its settings meanwhile")
            }
            Intent::Show(Screen::Compare) => t!("Measure models, runs, sets of images and claims in tables"),
            Intent::Random => t!("Draw a code from the prior; locked dimensions stay"),
            Intent::Reset => t!("Back to the centre of the code space"),
            Intent::Undo => t!("Take the last change of the sliders back"),
            Intent::Redo => t!("Take the last undo back"),
            Intent::NewSamples => t!("Draw another sheet from the prior"),
            Intent::Play => t!("Move the scrubber there and back, or round a loop"),
            Intent::Swap => t!("Go the walk backwards"),
            Intent::OpenModel => {
                t!("A checkpoint of this program, or another program’s model: .onnx, .pt, .pth, .safetensors")
            }
            Intent::OpenPhoto => tr(IMAGE_FORMATS),
            Intent::ExampleFace => t!("A portrait that comes with the program, through every model"),
            Intent::Paste => t!("A picture, or the path of a file, from the clipboard"),
            Intent::Save => t!("Write what is shown as a PNG file, on Compare as Markdown"),
            Intent::Collapse => {
                t!(
                    "A small VAE learns faces, forgets its codes under too high a KL weight, and recovers: two minutes"
                )
            }
            Intent::Smooth => t!("Enlarge pictures smoothly instead of showing each pixel as a square"),
            Intent::Theme => t!("Switch between the light and the dark theme"),
            Intent::Palette => t!("Everything that can be done or opened, found by its words"),
            Intent::Tour => t!("Five stops through the window"),
            Intent::Shortcuts => t!("The screens in a sentence each, and everything the keyboard can do"),
            Intent::About => t!("Version, device and licences"),
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
            Intent::Palette => command(Key::K),
            Intent::Shortcuts => key(Key::Questionmark),
            Intent::ExampleFace | Intent::Collapse | Intent::Tour | Intent::About => None,
        }
    }

    /// Its group in the help.
    pub fn group(self) -> Group {
        match self {
            Intent::Show(_) => Group::Screens,
            Intent::Random | Intent::Reset | Intent::Undo | Intent::Redo | Intent::NewSamples => {
                Group::Explore
            }
            Intent::Play | Intent::Swap => Group::Interpolate,
            _ => Group::Everywhere,
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
            Intent::Paste => Some(Icon::Paste),
            _ => None,
        }
    }

    /// Reason why it would do nothing now; none if it would do something.
    pub fn why_not(self, state: &State) -> Option<Cow<'static, str>> {
        let explore = state.explore();
        match self {
            Intent::Random | Intent::Reset | Intent::Undo | Intent::Redo | Intent::NewSamples
                if state.screen != Screen::Explore =>
            {
                Some(t!("For the sliders of Explore"))
            }
            Intent::Random | Intent::Reset | Intent::Undo | Intent::Redo | Intent::NewSamples
                if explore.is_none() =>
            {
                Some(t!("No model is open"))
            }
            Intent::Undo if explore.is_some_and(|e| !e.history().can_undo()) => {
                Some(t!("Nothing was changed yet"))
            }
            Intent::Redo if explore.is_some_and(|e| !e.history().can_redo()) => {
                Some(t!("Nothing was taken back"))
            }
            Intent::Play | Intent::Swap if state.screen != Screen::Interpolate => {
                Some(t!("For the walk of Interpolate"))
            }
            Intent::Play if !state.walk_is_ready() => Some(t!("The walk is not ready yet")),
            Intent::Save if !can_save(state) => Some(t!("Nothing to save is shown")),
            _ => None,
        }
    }

    /// Whether it would do something now.
    pub fn is_possible(self, state: &State) -> bool {
        self.why_not(state).is_none()
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
            Intent::ExampleFace => state.try_example_face(),
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
            Intent::Collapse => state.watch_collapse(),
            Intent::Smooth => state.settings.smooth = !state.settings.smooth,
            Intent::Theme => state.settings.light = !state.settings.light,
            Intent::Palette => state.toggle_palette(),
            Intent::Tour => state.begin_tour(),
            Intent::Shortcuts => state.toggle_shortcuts(),
            Intent::About => (state.shortcuts_open, state.about.is_open) = (false, true),
        }
    }
}

fn can_save(state: &State) -> bool {
    match state.screen {
        Screen::Explore => state.explore().is_some_and(|e| e.picture.is_some()),
        Screen::Reconstruct if state.reconstruct.is_sheet => !state.reconstruct.sheet.is_empty(),
        Screen::Reconstruct => state.models.iter().any(|m| state.reconstruct.shown(m.id).is_some()),
        Screen::Interpolate => state.walk_is_ready(),
        Screen::Atlas => state.atlas.shown.is_some(),
        Screen::Train => state.train.view == View::Curves && state.train.run().is_some(),
        Screen::Compare => state.compare.has_results(),
    }
}

fn on_explore(state: &mut State, change: impl FnOnce(&mut crate::gui::state::explore::Explore)) {
    if let Some(explore) = state.explore_mut() {
        change(explore);
    }
}

/// Runs what the keyboard asks for. Keys without Ctrl stay with a text field that has the focus, and with a dialog.
pub fn run_shortcuts(ctx: &Context, state: &mut State) {
    let in_dialog = !ctx.memory(|memory| memory.allows_interaction(LayerId::background()));
    let typing = ctx.text_edit_focused() || in_dialog;
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
    if ctx.input_mut(|input| input.consume_key(Modifiers::NONE, Key::F1)) && state.tour.is_none() {
        wanted.push(Intent::Shortcuts);
    }
    for intent in wanted {
        intent.run(state);
    }
}

/// A button for an intent.
pub fn button(ui: &mut Ui, state: &mut State, intent: Intent) -> Response {
    let enabled = intent.is_possible(state);
    let response = ui.add_enabled_ui(enabled, |ui| match intent.icon() {
        Some(icon) => icon.button_with_text(ui, &intent.text()),
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
    let response = ui.add_enabled_ui(enabled, |ui| icon.button(ui, &intent.text())).inner;
    finish(response, state, intent)
}

fn finish(response: Response, state: &mut State, intent: Intent) -> Response {
    let help = hover(intent, &response.ctx);
    let mut response = response.on_hover_text(help);
    if let Some(why) = intent.why_not(state) {
        response = response.on_disabled_hover_text(why);
    }
    if response.clicked() {
        intent.run(state);
    }
    response
}

/// The help of an intent with its keys.
pub fn hover(intent: Intent, ctx: &Context) -> WidgetText {
    match intent.shortcut() {
        Some(shortcut) => format!("{} ({})", intent.tooltip(), keys(ctx, &shortcut)).into(),
        None => intent.tooltip().into_owned().into(),
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

    #[test]
    fn what_cannot_be_done_says_why() {
        let mut state = State::default();
        assert_eq!(Intent::Random.why_not(&state).as_deref(), Some("No model is open"));
        state.screen = Screen::Train;
        assert_eq!(Intent::Random.why_not(&state).as_deref(), Some("For the sliders of Explore"));
        assert_eq!(Intent::Save.why_not(&state).as_deref(), Some("Nothing to save is shown"));
        assert_eq!(Intent::OpenModel.why_not(&state), None);
    }
}
