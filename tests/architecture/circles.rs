//! Files that import each other in a circle.
//!
//! A file depends on the file in which what it names is defined: a name that a parent module passes on
//! (`pub use`) leads to the child that defines it, and passing on what a child defines is no dependency of the
//! parent. All else counts, between parent and child too: what both need has a file of its own.

use std::collections::{BTreeMap, BTreeSet};

use super::{code, identifier};

type Path = Vec<String>;

/// A name that a `use` brings in; `*` for all of a module.
struct Import {
    is_public: bool,
    path: Path,
    name: String,
}

struct Module {
    code: String,
    imports: Vec<Import>,
    /// Paths of at least two names outside of `use`.
    paths: Vec<Path>,
}

/// The modules of a crate by their paths; the root's is empty.
pub struct Modules(BTreeMap<Path, Module>);

impl Modules {
    /// Of files under `src` and their sources.
    pub fn new<'a>(files: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        Self(files.map(|(file, source)| (module_path(file), Module::new(source))).collect())
    }

    /// Imports between files that are part of a circle, as in "a::b imports c::d".
    pub fn circles(&self) -> Vec<String> {
        let mut edges: BTreeSet<(&Path, &Path)> = BTreeSet::new();
        for (module, content) in &self.0 {
            edges.extend(self.dependencies(module, content).into_iter().map(|other| (module, other)));
        }
        // Whoever imports nothing, or is imported by nobody, is in no circle; nor is, then, who is left so.
        loop {
            let importers: BTreeSet<&Path> = edges.iter().map(|(from, _)| *from).collect();
            let imported: BTreeSet<&Path> = edges.iter().map(|(_, to)| *to).collect();
            let before = edges.len();
            edges.retain(|(from, to)| imported.contains(from) && importers.contains(to));
            if edges.len() == before {
                return edges
                    .iter()
                    .map(|(a, b)| format!("{} imports {}", a.join("::"), b.join("::")))
                    .collect();
            }
        }
    }

    fn dependencies(&self, module: &Path, content: &Module) -> BTreeSet<&Path> {
        let mut found = BTreeSet::new();
        let mut modules_in_scope = BTreeMap::new();
        for import in &content.imports {
            let Some(path) = self.absolute(&import.path, module) else { continue };
            if self.0.contains_key(&path) && import.name != "*" {
                modules_in_scope.insert(import.name.as_str(), path);
                continue;
            }
            let home = self.home(&path, 0);
            let is_passed_on = import.is_public && home.starts_with(module);
            found.extend((!is_passed_on).then_some(home));
        }
        for path in &content.paths {
            let path = match modules_in_scope.get(path[0].as_str()) {
                Some(start) => [start, &path[1..]].concat(),
                None => match self.absolute(path, module) {
                    Some(path) => path,
                    None => continue,
                },
            };
            found.insert(self.home(&path, 0));
        }
        found.remove(module);
        found
    }

    /// A path from the crate's root; none for one into another crate.
    fn absolute(&self, path: &[String], module: &[String]) -> Option<Path> {
        let above = path.iter().take_while(|name| *name == "super").count();
        let child = || [module, &path[..1]].concat();
        match path.first()?.as_str() {
            "crate" => Some(path[1..].to_vec()),
            "self" => Some([module, &path[1..]].concat()),
            "super" => Some([module.get(..module.len().checked_sub(above)?)?, &path[above..]].concat()),
            _ if self.0.contains_key(&child()) => Some([module, path].concat()),
            _ => None,
        }
    }

    /// The file that defines what a path names, through what modules pass on.
    fn home(&self, path: &[String], passed_on: usize) -> &Path {
        let depth = (0..=path.len()).rev().find(|depth| self.0.contains_key(&path[..*depth])).unwrap_or(0);
        let (module, content) = self.0.get_key_value(&path[..depth]).expect("the root is a module");
        let Some(name) = path.get(depth).filter(|_| passed_on < 8) else { return module };
        let public = content.imports.iter().filter(|import| import.is_public);
        for import in public {
            if import.name != *name && (import.name != "*" || content.defines(name)) {
                continue;
            }
            let Some(target) = self.absolute(&import.path, module) else { continue };
            if import.name == *name {
                return self.home(&[&target, &path[depth + 1..]].concat(), passed_on + 1);
            }
            let home = self.home(&[&target, &path[depth..]].concat(), passed_on + 1);
            if self.0[home].defines(name) {
                return home;
            }
        }
        module
    }
}

impl Module {
    fn new(source: &str) -> Self {
        let code = code(source);
        let (mut imports, mut paths) = (Vec::new(), Vec::new());
        let (mut rest, mut before) = (code.as_str(), ["", ""]);
        while let Some(first) = rest.chars().next() {
            let word = identifier(rest);
            if word.is_empty() {
                rest = &rest[first.len_utf8()..];
                // `pub(in …)` says who may see something and imports nothing.
                if before == ["pub", "in"] {
                    rest = rest.find(')').map_or("", |end| &rest[end..]);
                }
                continue;
            }
            if word == "use" {
                let (tree, after) = rest["use".len()..].split_once(';').unwrap_or((rest, ""));
                let is_public = before[1] == "pub" || ["crate", "super"].contains(&before[1]);
                imports.extend(leaves(tree).into_iter().map(|(path, name)| Import { is_public, path, name }));
                (rest, before) = (after, ["", ""]);
                continue;
            }
            let path: Path = segments(rest);
            let length = path.iter().map(|name| name.len() + 2).sum::<usize>() - 2;
            before = [before[1], if path.len() == 1 { &rest[..length] } else { "" }];
            rest = &rest[length..];
            paths.extend((path.len() > 1).then_some(path));
        }
        Self { code, imports, paths }
    }

    fn defines(&self, name: &str) -> bool {
        let kinds = ["struct", "enum", "fn", "const", "static", "trait", "type", "mod"];
        kinds.iter().any(|kind| {
            let item = format!("{kind} {name}");
            self.code
                .match_indices(&item)
                .any(|(at, _)| identifier(&self.code[at + kind.len() + 1..]) == name)
        })
    }
}

/// `a::b::c` at the beginning of a text.
fn segments(text: &str) -> Path {
    let mut path = vec![identifier(text)];
    let mut rest = &text[path[0].len()..];
    while let Some(after) = rest.strip_prefix("::") {
        let name = identifier(after);
        if name.is_empty() {
            break;
        }
        rest = &after[name.len()..];
        path.push(name);
    }
    path
}

/// The leaves of a tree of `use`: paths and the names that they get.
fn leaves(tree: &str) -> Vec<(Path, String)> {
    let tree = tree.trim();
    let Some((head, group)) = tree.split_once('{') else {
        let (path, name) = tree.split_once(" as ").unwrap_or((tree, ""));
        let mut path: Path = path.trim().split("::").map(str::to_owned).collect();
        path.pop_if(|last| *last == "self");
        let last = path.last().cloned().unwrap_or_default();
        path.pop_if(|last| *last == "*");
        return vec![(path, if name.is_empty() { last } else { name.trim().to_owned() })];
    };
    let (mut members, mut depth) = (vec![String::new()], 0);
    for c in group[..group.rfind('}').unwrap_or(group.len())].chars() {
        depth += i32::from(c == '{') - i32::from(c == '}');
        match c {
            ',' if depth == 0 => members.push(String::new()),
            c => members.last_mut().expect("it begins with one").push(c),
        }
    }
    let members = members.iter().filter(|member| !member.trim().is_empty());
    members.flat_map(|member| leaves(&format!("{head}{}", member.trim()))).collect()
}

/// The module of a file, as `["gui", "panels"]` for `gui/panels/mod.rs`.
fn module_path(file: &str) -> Path {
    let mut path: Path = file.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    path.pop_if(|last| ["mod", "lib"].contains(&last.as_str()));
    path
}
