//! The picture of every pattern, through the catalog: nothing stands on
//! anything else, at the sizes of screens; and what charts are made of.

use patternscope_engine::kernel::View;
use patternscope_engine::patterns::{CATALOG, find_pattern};
use patternscope_engine::scene::{Area, Layout, Needs};
use patternscope_engine::{History, Instant, Scenario};

const SIZES: [(f32, f32); 5] = [
    (696.0, 580.0),
    (856.0, 732.0),
    (390.0, 440.0),
    (720.0, 360.0),
    (420.0, 220.0),
];

fn layout_of(history: &History, (width, height): (f32, f32)) -> Layout {
    let simulation = history.simulation();
    let mut view = View::default();
    simulation.view(&mut view);
    let need = |node: &patternscope_engine::kernel::view::NodeView| Needs {
        workers: node.workers,
    };
    let needs: Vec<Needs> = view.nodes.iter().map(need).collect();
    Layout::new(simulation.topology(), &needs, width, height, (0.0, 76.0))
}

#[test]
fn nodes_stand_apart_inside_and_clear_of_the_plot() {
    for pattern in CATALOG {
        let history = History::new(Scenario::new(pattern));
        for size in SIZES {
            let layout = layout_of(&history, size);
            let whole = Area {
                x: -0.1,
                y: -0.1,
                w: layout.width + 0.2,
                h: layout.height + 0.2,
            };
            let areas: Vec<Area> = layout.cards.iter().map(|card| card.area).collect();
            for (index, area) in areas.iter().enumerate() {
                let told = format!("{} {index} at {size:?}: {area:?}", pattern.slug);
                assert!(whole.contains(area), "{told}");
                // Discs may come nearer than the squares around them.
                let meets = |other: &Area| area.overlaps(other) && !layout.is_ring;
                assert!(!areas[index + 1..].iter().any(meets), "{told}");
                assert!(
                    !layout.plot.is_some_and(|plot| area.overlaps(&plot)),
                    "{told}"
                );
            }
            assert!(layout.plot.is_none_or(|plot| whole.contains(&plot)));
        }
    }
}

#[test]
fn only_streams_have_a_plot_and_only_where_there_is_room() {
    for pattern in CATALOG {
        let history = History::new(Scenario::new(pattern));
        let has_plot = |size| layout_of(&history, size).plot.is_some();
        assert_eq!(has_plot(SIZES[0]), pattern.slug == "stream-processing");
        assert!(!has_plot(SIZES[2]) && !has_plot(SIZES[4]));
    }
}

/// However a run is cut into pieces, its own level is taken at the same instants.
#[test]
fn a_level_is_charted_alike_in_one_go_and_in_pieces() {
    let mut charted = 0;
    for pattern in CATALOG {
        let end = Instant::from_secs(6.0);
        let mut whole = History::new(Scenario::new(pattern));
        whole.advance(end, u64::MAX);
        let mut pieces = History::new(Scenario::new(pattern));
        for tick in 1..=353 {
            pieces.advance(Instant(17_000_000 * tick), u64::MAX);
        }
        pieces.advance(end, u64::MAX);
        let levels = |history: &History| -> Vec<f32> {
            let buckets = history.series().buckets();
            buckets.iter().take(59).map(|bucket| bucket.level).collect()
        };
        assert_eq!(levels(&whole), levels(&pieces), "{}", pattern.slug);
        let has_level = whole.simulation().model().level(end).is_some();
        let moves = levels(&whole).windows(2).any(|pair| pair[0] != pair[1]);
        assert_eq!(moves, has_level, "{}", pattern.slug);
        charted += u32::from(has_level);
    }
    assert_eq!(charted, 6);
}

#[test]
fn a_rumours_chart_ends_with_all_who_know_it() {
    let pattern = find_pattern("peer-to-peer").expect("in the catalog");
    let preset = pattern.preset("rumour").expect("one of its experiments");
    let mut history = History::new(Scenario::preset(pattern, preset));
    history.advance(Instant::from_secs(12.0), u64::MAX);
    let buckets = history.series().buckets();
    let levels: Vec<f32> = buckets.iter().map(|bucket| bucket.level).collect();
    assert!(
        levels.windows(2).all(|pair| pair[0] <= pair[1]),
        "{levels:?}"
    );
    assert_eq!(levels.last(), Some(&32.0));
}
