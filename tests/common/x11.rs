//! Another program of the display. It drags files onto the window, by the source's side of XDND, version 5
//! (<https://www.freedesktop.org/wiki/Specifications/XDND/>), and asks it to close as window managers do.
#![allow(dead_code, reason = "each test uses the parts that it needs")]

use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use x11rb::COPY_DEPTH_FROM_PARENT;
use x11rb::connection::Connection;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    AtomEnum, ClientMessageEvent, ConnectionExt, CreateWindowAux, EventMask, PropMode,
    SELECTION_NOTIFY_EVENT, SelectionNotifyEvent, SelectionRequestEvent, Window, WindowClass,
};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

const VERSION: u32 = 5;
/// Whoever does not answer in this time does not take the files.
const PATIENCE: Duration = Duration::from_secs(120);

x11rb::atom_manager! {
    Atoms: AtomsCookie {
        XdndAware,
        XdndSelection,
        XdndEnter,
        XdndPosition,
        XdndStatus,
        XdndLeave,
        XdndDrop,
        XdndFinished,
        XdndActionCopy,
        WM_PROTOCOLS,
        WM_DELETE_WINDOW,
        TARGETS,
        UriList: b"text/uri-list",
    }
}

/// The program from which files are dragged.
pub struct DragSource {
    connection: RustConnection,
    atoms: Atoms,
    own: Window,
    target: Window,
    list: String,
}

/// The URI of a file: everything but letters, digits and a few signs in percent.
pub fn uri(path: &Path) -> String {
    use std::os::unix::ffi::OsStrExt;
    let byte = |byte: &u8| match byte {
        b'/' | b'.' | b'-' | b'_' | b'~' => char::from(*byte).to_string(),
        byte if byte.is_ascii_alphanumeric() => char::from(*byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    format!("file://{}", path.as_os_str().as_bytes().iter().map(byte).collect::<String>())
}

impl DragSource {
    /// A program on this display that holds the files and has found a window that takes drops.
    pub fn of(display: &str, files: &[&Path]) -> Self {
        let (connection, screen) = x11rb::connect(Some(display)).unwrap();
        let atoms = Atoms::new(&connection).unwrap().reply().unwrap();
        let root = connection.setup().roots[screen].root;
        let own = connection.generate_id().unwrap();
        connection
            .create_window(
                COPY_DEPTH_FROM_PARENT,
                own,
                root,
                -20,
                -20,
                10,
                10,
                0,
                WindowClass::INPUT_OUTPUT,
                0,
                &CreateWindowAux::new(),
            )
            .unwrap();
        connection.set_selection_owner(own, atoms.XdndSelection, x11rb::CURRENT_TIME).unwrap();
        connection.flush().unwrap();
        let target = aware(&connection, &atoms, root).expect("a window that takes drops");
        let list = files.iter().map(|file| uri(file) + "\r\n").collect();
        DragSource { connection, atoms, own, target, list }
    }

    /// Moves the files into the window and along it. Returns whether it takes them.
    pub fn hover(&self, at: (u32, u32)) -> bool {
        // No more than three types, which stand in the message itself.
        self.tell(self.atoms.XdndEnter, [VERSION << 24, self.atoms.UriList, 0, 0]);
        let mut accepted = false;
        for step in 1..=4 {
            let (x, y) = (at.0 * step / 4, at.1 * step / 4);
            let action = self.atoms.XdndActionCopy;
            self.tell(self.atoms.XdndPosition, [0, x << 16 | y, x11rb::CURRENT_TIME, action]);
            accepted = self.await_answer(self.atoms.XdndStatus);
        }
        accepted
    }

    /// Lets go of the files. Returns whether the window says that it has taken them.
    pub fn release(&self) -> bool {
        // What it asks for the first time it is told in the same breath as it answers.
        self.serve(Duration::from_millis(300));
        self.tell(self.atoms.XdndDrop, [0, x11rb::CURRENT_TIME, 0, 0]);
        self.await_answer(self.atoms.XdndFinished)
    }

    /// Moves out of the window again.
    pub fn leave(&self) {
        self.serve(Duration::from_millis(300));
        self.tell(self.atoms.XdndLeave, [0; 4]);
        heard(&self.connection);
    }

    fn tell(&self, kind: u32, data: [u32; 4]) {
        let data = [self.own, data[0], data[1], data[2], data[3]];
        let message = ClientMessageEvent::new(32, self.target, kind, data);
        self.connection.send_event(false, self.target, EventMask::NO_EVENT, message).unwrap();
        self.connection.flush().unwrap();
    }

    /// Gives the files to the window when it asks, until it has said this. Returns the bit by which it agrees.
    fn await_answer(&self, kind: u32) -> bool {
        let began = Instant::now();
        while began.elapsed() < PATIENCE {
            match self.connection.poll_for_event().unwrap() {
                Some(Event::ClientMessage(message)) if message.type_ == kind => {
                    return message.data.as_data32()[1] & 1 == 1;
                }
                Some(Event::SelectionRequest(request)) => self.give(request),
                Some(_) => (),
                None => sleep(Duration::from_millis(5)),
            }
        }
        false
    }

    fn serve(&self, time: Duration) {
        let began = Instant::now();
        while began.elapsed() < time {
            match self.connection.poll_for_event().unwrap() {
                Some(Event::SelectionRequest(request)) => self.give(request),
                Some(_) => (),
                None => sleep(Duration::from_millis(5)),
            }
        }
    }

    fn give(&self, request: SelectionRequestEvent) {
        let (window, property) = (request.requestor, request.property);
        let given = if request.target == self.atoms.UriList {
            let list = self.list.as_bytes();
            self.connection
                .change_property8(PropMode::REPLACE, window, property, self.atoms.UriList, list)
                .unwrap();
            property
        } else if request.target == self.atoms.TARGETS {
            let known = [self.atoms.UriList];
            self.connection
                .change_property32(PropMode::REPLACE, window, property, AtomEnum::ATOM, &known)
                .unwrap();
            property
        } else {
            x11rb::NONE
        };
        let answer = SelectionNotifyEvent {
            response_type: SELECTION_NOTIFY_EVENT,
            sequence: 0,
            time: request.time,
            requestor: window,
            selection: request.selection,
            target: request.target,
            property: given,
        };
        self.connection.send_event(false, window, EventMask::NO_EVENT, answer).unwrap();
        self.connection.flush().unwrap();
    }
}

/// Asks the window of this display to close.
pub fn ask_to_close(display: &str) {
    let (connection, screen) = x11rb::connect(Some(display)).unwrap();
    let atoms = Atoms::new(&connection).unwrap().reply().unwrap();
    let window = aware(&connection, &atoms, connection.setup().roots[screen].root).expect("a window");
    let wish = [atoms.WM_DELETE_WINDOW, x11rb::CURRENT_TIME, 0, 0, 0];
    let message = ClientMessageEvent::new(32, window, atoms.WM_PROTOCOLS, wish);
    connection.send_event(false, window, EventMask::NO_EVENT, message).unwrap();
    heard(&connection);
}

/// Waits until the display has taken all that was sent: it drops what it has not read of a program that has gone.
fn heard(connection: &RustConnection) {
    connection.get_input_focus().unwrap().reply().unwrap();
}

/// The uppermost window under this one that says it takes drops in our version.
fn aware(connection: &RustConnection, atoms: &Atoms, window: Window) -> Option<Window> {
    let version =
        connection.get_property(false, window, atoms.XdndAware, AtomEnum::ATOM, 0, 1).ok()?.reply().ok()?;
    if version.value32().and_then(|mut values| values.next()).is_some_and(|version| version >= VERSION) {
        return Some(window);
    }
    let children = connection.query_tree(window).ok()?.reply().ok()?.children;
    children.into_iter().rev().find_map(|child| aware(connection, atoms, child))
}
