//! As much of Python's pickle as a file of PyTorch tensors needs. Nothing is run: classes and calls stay
//! what they are called. Nodes refer to each other by number, so that neither depth nor repetition in a
//! hostile file costs more than its length.

use std::collections::HashMap;

use crate::error::{Error, Result};

/// Instructions of a pickle; that of a model with thousands of tensors has some ten thousand. Each makes at most
/// a node, so that a file of one-byte instructions does not take many times its length.
const MOST_STEPS: usize = 4 << 20;

/// Number of a [`Node`].
pub type Id = usize;

/// A Python object.
#[derive(Debug)]
pub enum Node {
    /// Values that no tensor is made of: `None`, floats, booleans.
    Other,
    Int(i64),
    Text(String),
    /// As in `torch.FloatStorage`.
    Class(String),
    Tuple(Vec<Id>),
    List(Vec<Id>),
    Dict(Vec<(Id, Id)>),
    /// A reference to something outside the pickle.
    Persistent(Id),
    /// A call that was not made.
    Call {
        function: Id,
        arguments: Id,
    },
}

/// The values in a pickle that was read.
pub struct Pickle {
    nodes: Vec<Node>,
    root: Id,
}

impl Pickle {
    /// Reads one pickle from the front of `bytes`, which then begin behind it.
    ///
    /// # Errors
    /// Bytes that are no pickle or use more of its language than this reader knows.
    pub fn read(bytes: &mut &[u8]) -> Result<Self> {
        let mut machine = Machine {
            rest: bytes,
            nodes: Vec::new(),
            stack: Vec::new(),
            marks: Vec::new(),
            memo: HashMap::new(),
        };
        let mut steps = 0;
        while machine.step()? {
            steps += 1;
            if steps > MOST_STEPS {
                return Err(damaged());
            }
        }
        let root = machine.pop()?;
        let Machine { rest, nodes, .. } = machine;
        *bytes = rest;
        Ok(Pickle { nodes, root })
    }

    /// The object that was pickled.
    pub fn root(&self) -> &Node {
        &self.nodes[self.root]
    }

    /// All objects, in the order in which they were read.
    pub fn nodes(&self) -> impl Iterator<Item = &Node> {
        self.nodes.iter()
    }

    /// The object of a number.
    pub fn node(&self, id: Id) -> &Node {
        &self.nodes[id]
    }
}

struct Machine<'a> {
    rest: &'a [u8],
    nodes: Vec<Node>,
    stack: Vec<Id>,
    /// Heights of the stack at which something begins.
    marks: Vec<usize>,
    memo: HashMap<u32, Id>,
}

impl Machine<'_> {
    /// One instruction; `false` after the last.
    fn step(&mut self) -> Result<bool> {
        let [code] = self.take()?;
        match code {
            b'.' => return Ok(false),
            // Protocol and frame.
            0x80 => drop(self.take::<1>()?),
            0x95 => drop(self.take::<8>()?),
            b'(' => self.marks.push(self.stack.len()),
            b'0' => drop(self.pop()?),
            b'N' | 0x88 | 0x89 => self.push(Node::Other),
            b'G' => {
                self.take::<8>()?;
                self.push(Node::Other);
            }
            b'J' => {
                let value = i32::from_le_bytes(self.take()?);
                self.push(Node::Int(value.into()));
            }
            b'K' => {
                let [value] = self.take()?;
                self.push(Node::Int(value.into()));
            }
            b'M' => {
                let value = u16::from_le_bytes(self.take()?);
                self.push(Node::Int(value.into()));
            }
            0x8a => self.long()?,
            b'X' | b'T' => {
                let length = u32::from_le_bytes(self.take()?);
                self.text(length as usize)?;
            }
            0x8c | b'U' => {
                let [length] = self.take()?;
                self.text(length.into())?;
            }
            b'c' => {
                let name = format!("{}.{}", self.line()?, self.line()?);
                self.push(Node::Class(name));
            }
            0x93 => {
                let (name, module) = (self.pop()?, self.pop()?);
                let (Node::Text(module), Node::Text(name)) = (&self.nodes[module], &self.nodes[name]) else {
                    return Err(damaged());
                };
                let name = format!("{module}.{name}");
                self.push(Node::Class(name));
            }
            b'q' => {
                let [place] = self.take()?;
                self.remember(place.into())?;
            }
            b'r' => {
                let place = u32::from_le_bytes(self.take()?);
                self.remember(place)?;
            }
            0x94 => self.remember(self.memo.len() as u32)?,
            b'h' => {
                let [place] = self.take()?;
                self.recall(place.into())?;
            }
            b'j' => {
                let place = u32::from_le_bytes(self.take()?);
                self.recall(place)?;
            }
            b')' => self.push(Node::Tuple(Vec::new())),
            b']' => self.push(Node::List(Vec::new())),
            b'}' => self.push(Node::Dict(Vec::new())),
            b't' => {
                let items = self.since_mark()?;
                self.push(Node::Tuple(items));
            }
            0x85..=0x87 => {
                let first = self.stack.len().checked_sub(usize::from(code - 0x84)).ok_or_else(damaged)?;
                let items = self.stack.split_off(first);
                self.push(Node::Tuple(items));
            }
            b'a' => {
                let item = self.pop()?;
                self.append(vec![item])?;
            }
            b'e' => {
                let items = self.since_mark()?;
                self.append(items)?;
            }
            b's' => {
                let (value, key) = (self.pop()?, self.pop()?);
                self.set(vec![key, value])?;
            }
            b'u' => {
                let items = self.since_mark()?;
                self.set(items)?;
            }
            b'Q' => {
                let id = self.pop()?;
                self.push(Node::Persistent(id));
            }
            b'R' | 0x81 => {
                let (arguments, function) = (self.pop()?, self.pop()?);
                let is_dict =
                    matches!(&self.nodes[function], Node::Class(name) if name == "collections.OrderedDict");
                self.push(if is_dict { Node::Dict(Vec::new()) } else { Node::Call { function, arguments } });
            }
            // The attributes of an object do not matter here.
            b'b' => drop(self.pop()?),
            _ => return Err(damaged()),
        }
        Ok(true)
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N]> {
        let (first, rest) = self.rest.split_first_chunk().ok_or_else(damaged)?;
        self.rest = rest;
        Ok(*first)
    }

    fn bytes(&mut self, length: usize) -> Result<&[u8]> {
        let (first, rest) = self.rest.split_at_checked(length).ok_or_else(damaged)?;
        self.rest = rest;
        Ok(first)
    }

    fn push(&mut self, node: Node) {
        self.stack.push(self.nodes.len());
        self.nodes.push(node);
    }

    fn pop(&mut self) -> Result<Id> {
        self.stack.pop().ok_or_else(damaged)
    }

    fn since_mark(&mut self) -> Result<Vec<Id>> {
        let mark = self.marks.pop().filter(|mark| *mark <= self.stack.len()).ok_or_else(damaged)?;
        Ok(self.stack.split_off(mark))
    }

    fn top(&mut self) -> Result<&mut Node> {
        let id = *self.stack.last().ok_or_else(damaged)?;
        Ok(&mut self.nodes[id])
    }

    fn append(&mut self, items: Vec<Id>) -> Result<()> {
        let Node::List(list) = self.top()? else { return Err(damaged()) };
        list.extend(items);
        Ok(())
    }

    fn set(&mut self, items: Vec<Id>) -> Result<()> {
        let Node::Dict(dict) = self.top()? else { return Err(damaged()) };
        let (pairs, []) = items.as_chunks() else { return Err(damaged()) };
        dict.extend(pairs.iter().map(|[key, value]| (*key, *value)));
        Ok(())
    }

    fn remember(&mut self, place: u32) -> Result<()> {
        let id = *self.stack.last().ok_or_else(damaged)?;
        self.memo.insert(place, id);
        Ok(())
    }

    fn recall(&mut self, place: u32) -> Result<()> {
        let id = *self.memo.get(&place).ok_or_else(damaged)?;
        self.stack.push(id);
        Ok(())
    }

    fn text(&mut self, length: usize) -> Result<()> {
        let text = String::from_utf8_lossy(self.bytes(length)?).into_owned();
        self.push(Node::Text(text));
        Ok(())
    }

    fn line(&mut self) -> Result<String> {
        let length = self.rest.iter().position(|byte| *byte == b'\n').ok_or_else(damaged)?;
        let line = String::from_utf8_lossy(self.bytes(length)?).trim_end().to_owned();
        self.take::<1>()?;
        Ok(line)
    }

    /// A whole number of some bytes; those beyond 64 bits are no size of anything.
    fn long(&mut self) -> Result<()> {
        let [length] = self.take()?;
        let bytes = self.bytes(length.into())?;
        let mut value = [if bytes.last().is_some_and(|byte| *byte > 127) { 255 } else { 0 }; 8];
        let node = match value.get_mut(..bytes.len()) {
            Some(low) => {
                low.copy_from_slice(bytes);
                Node::Int(i64::from_le_bytes(value))
            }
            None => Node::Other,
        };
        self.push(node);
        Ok(())
    }
}

fn damaged() -> Error {
    Error::Invalid("it is no pickle of PyTorch tensors, or it is damaged".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `pickle.dumps` of `{"a": (1, 300, -5, 2**40), "b": [OrderedDict(), "é"]}`, protocol 2, in Python 3.11.
    const SOME: &[u8] = b"\x80\x02}q\x00(X\x01\x00\x00\x00aq\x01(K\x01M,\x01J\xfb\xff\xff\xff\x8a\x06\x00\x00\x00\x00\x00\x01tq\x02X\x01\x00\x00\x00bq\x03]q\x04(ccollections\nOrderedDict\nq\x05)Rq\x06X\x02\x00\x00\x00\xc3\xa9q\x07eu.";

    #[test]
    fn a_pickle_is_read_up_to_its_end() {
        let mut bytes = &[SOME, b"rest"].concat()[..];
        let pickle = Pickle::read(&mut bytes).unwrap();
        assert_eq!(bytes, b"rest");
        let Node::Dict(items) = pickle.root() else { panic!("{:?}", pickle.root()) };
        let Node::Tuple(numbers) = pickle.node(items[0].1) else { panic!("no tuple") };
        let numbers: Vec<i64> = numbers
            .iter()
            .map(|id| if let Node::Int(value) = pickle.node(*id) { *value } else { panic!("no number") })
            .collect();
        assert_eq!(numbers, [1, 300, -5, 1 << 40]);
        let Node::List(list) = pickle.node(items[1].1) else { panic!("no list") };
        assert!(matches!(pickle.node(list[0]), Node::Dict(items) if items.is_empty()));
        assert!(matches!(pickle.node(list[1]), Node::Text(text) if text == "é"));
    }

    #[test]
    fn no_damage_does_more_than_fail() {
        for end in 0..SOME.len() {
            assert!(Pickle::read(&mut &SOME[..end]).is_err(), "cut at {end}");
        }
        for at in 0..SOME.len() {
            for byte in 0..=255 {
                let mut bytes = SOME.to_vec();
                bytes[at] = byte;
                let _ = Pickle::read(&mut &bytes[..]);
            }
        }
        let long = [vec![b')'; MOST_STEPS + 1], vec![b'.']].concat();
        assert!(Pickle::read(&mut &long[..]).is_err());
        // A tuple in a tuple in a tuple …, and one that doubles with each line.
        let deep = [vec![b')'], vec![0x85; 1 << 20], vec![b'.']].concat();
        assert!(Pickle::read(&mut &deep[..]).is_ok());
        let doubling = [b")".to_vec(), b"q\x00h\x00\x86".repeat(1000), b".".to_vec()].concat();
        assert!(Pickle::read(&mut &doubling[..]).is_ok());
    }
}
