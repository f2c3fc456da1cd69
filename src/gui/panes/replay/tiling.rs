//! The arrangement of views as it is remembered: by names, so that it holds for the next recording of a project.

use egui_tiles::{Container, Linear, LinearDir, Tile, TileId, Tiles, Tree};
use serde::{Deserialize, Serialize};

/// A part of an arrangement.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Arrangement {
    /// A view by its name.
    View(String),
    /// One above the other, the one that is in front.
    Tabs(Vec<Self>, usize),
    /// Side by side, with the share of each.
    Row(Vec<(f32, Self)>),
    /// One below the other, with the share of each.
    Column(Vec<(f32, Self)>),
    /// As many in a row as fit.
    Grid(Vec<Self>),
}

/// Titles of views in arrangements of earlier versions, and the titles that they have now.
const FORMER: &[(&str, &str)] = &[("Space", "3D")];

/// The arrangement on screen, by the names of the views.
pub(in crate::gui::panes) fn read<V>(tree: &Tree<V>, name: &impl Fn(&V) -> String) -> Option<Arrangement> {
    part(&tree.tiles, tree.root()?, name)
}

fn part<V>(tiles: &Tiles<V>, id: TileId, name: &impl Fn(&V) -> String) -> Option<Arrangement> {
    let all =
        |ids: &[TileId]| -> Vec<Arrangement> { ids.iter().filter_map(|id| part(tiles, *id, name)).collect() };
    Some(match tiles.get(id)? {
        Tile::Pane(view) => Arrangement::View(name(view)),
        Tile::Container(Container::Tabs(tabs)) => {
            let front = tabs.children.iter().position(|child| Some(*child) == tabs.active).unwrap_or(0);
            Arrangement::Tabs(all(&tabs.children), front)
        }
        Tile::Container(Container::Grid(grid)) => {
            let children: Vec<TileId> = grid.children().copied().collect();
            Arrangement::Grid(all(&children))
        }
        Tile::Container(Container::Linear(linear)) => {
            let children = linear.children.iter();
            let shared = children.filter_map(|id| Some((linear.shares[*id], part(tiles, *id, name)?)));
            match linear.dir {
                LinearDir::Horizontal => Arrangement::Row(shared.collect()),
                LinearDir::Vertical => Arrangement::Column(shared.collect()),
            }
        }
    })
}

/// Builds an arrangement again. `None` unless it has exactly the views that are wanted.
pub(in crate::gui::panes) fn build<V>(
    arrangement: &Arrangement,
    mut views: Vec<V>,
    name: &impl Fn(&V) -> String,
) -> Option<(TileId, Tiles<V>)> {
    let mut tiles = Tiles::default();
    let root = insert(&mut tiles, arrangement, &mut views, name)?;
    views.is_empty().then_some((root, tiles))
}

fn insert<V>(
    tiles: &mut Tiles<V>,
    arrangement: &Arrangement,
    views: &mut Vec<V>,
    name: &impl Fn(&V) -> String,
) -> Option<TileId> {
    let mut all = |tiles: &mut Tiles<V>, parts: &[Arrangement]| -> Option<Vec<TileId>> {
        parts.iter().map(|part| insert(tiles, part, views, name)).collect()
    };
    Some(match arrangement {
        Arrangement::View(wanted) => {
            let current = FORMER.iter().find(|(former, _)| former == wanted).map(|(_, now)| *now);
            let at = views.iter().position(|view| {
                let name = name(view);
                name == *wanted || Some(name.as_str()) == current
            })?;
            tiles.insert_pane(views.remove(at))
        }
        Arrangement::Tabs(parts, front) => {
            let children = all(tiles, parts)?;
            let active = children.get(*front).copied();
            let mut tabs = egui_tiles::Tabs::new(children);
            tabs.active = active.or(tabs.active);
            tiles.insert_container(tabs)
        }
        Arrangement::Grid(parts) => {
            let children = all(tiles, parts)?;
            tiles.insert_grid_tile(children)
        }
        Arrangement::Row(parts) | Arrangement::Column(parts) => {
            let row = matches!(arrangement, Arrangement::Row(_));
            let dir = if row { LinearDir::Horizontal } else { LinearDir::Vertical };
            let bare: Vec<Arrangement> = parts.iter().map(|(_, part)| part.clone()).collect();
            let children = all(tiles, &bare)?;
            let mut linear = Linear::new(dir, children.clone());
            for (child, (share, _)) in children.into_iter().zip(parts) {
                if share.is_finite() && *share > 0.0 {
                    linear.shares.set_share(child, *share);
                }
            }
            tiles.insert_container(linear)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_is_found_by_the_title_that_it_had() {
        let saved = Arrangement::Tabs(vec![Arrangement::View("Space".to_owned())], 0);
        let name = |view: &String| view.clone();
        assert!(build(&saved, vec!["3D".to_owned()], &name).is_some());
        assert!(build(&saved, vec!["Map".to_owned()], &name).is_none());
    }

    #[test]
    fn an_arrangement_comes_back_as_it_was_and_only_for_its_own_views() {
        let views = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<String>>();
        let name = |view: &String| view.clone();
        let view = |name: &str| Arrangement::View(name.to_owned());
        let whole = Arrangement::Row(vec![
            (0.7, Arrangement::Grid(vec![view("left"), view("right")])),
            (
                0.3,
                Arrangement::Column(vec![
                    (1.0, view("space")),
                    (2.0, Arrangement::Tabs(vec![view("map"), view("log")], 1)),
                ]),
            ),
        ]);
        let (root, tiles) = build(&whole, views(&["log", "map", "left", "right", "space"]), &name).unwrap();
        let tree = Tree::new(egui::Id::unique("test"), root, tiles);
        assert_eq!(read(&tree, &name), Some(whole.clone()));
        assert!(build(&whole, views(&["log", "map", "left", "right"]), &name).is_none());
        assert!(build(&whole, views(&["log", "map", "left", "right", "space", "new"]), &name).is_none());
        let text = serde_json::to_string(&whole).unwrap();
        assert_eq!(serde_json::from_str::<Arrangement>(&text).unwrap(), whole);
    }
}
