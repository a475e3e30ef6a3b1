//! A run between two instants, seen as the page's stage would show it.

use crate::theme::Theme;
use patternscope_engine::drawing::moving::{self, Labels, RICH_MOST};
use patternscope_engine::drawing::{Mark, badge, cards, event_time, links, workflow};
use patternscope_engine::kernel::{Hue, Role, View};
use patternscope_engine::scene::event_time::TimePlot;
use patternscope_engine::scene::{
    Condition, Frame, LabelSide, Layout, Needs, Spot, Sprite, Travel, glyph,
};
use patternscope_engine::{Duration, History, Instant, Scenario};

/// How long a lost message falls, in seconds of who watches.
pub const FALL_S: f64 = 1.1;

/// What is to be shown, and how.
#[derive(Clone, Debug)]
pub struct Shot {
    /// The run.
    pub scenario: Scenario,
    /// Where it begins.
    pub from: Instant,
    /// Where it ends; not before `from`.
    pub to: Instant,
    /// Simulated seconds a second.
    pub speed: f64,
    /// Whose colours.
    pub theme: Theme,
    /// In pixels.
    pub width: f32,
    /// In pixels.
    pub height: f32,
}

impl Shot {
    /// How long it lasts for who watches, in seconds.
    pub fn lasts_s(&self) -> f64 {
        self.to.since(self.from).as_secs() / self.speed
    }

    /// In few words.
    pub fn title(&self) -> String {
        match self.scenario.preset {
            Some(preset) => format!("{}: {}", self.scenario.pattern.title, preset.title),
            None => self.scenario.pattern.title.to_owned(),
        }
    }

    /// In a sentence.
    pub fn about(&self) -> String {
        let pattern = self.scenario.pattern;
        format!(
            "{} Seed {}, from {} to {} of the run.",
            pattern.summary, self.scenario.seed, self.from, self.to
        )
    }
}

/// A run with a picture of its present instant.
pub struct Film {
    /// The run.
    pub history: History,
    /// Where everything is.
    pub layout: Layout,
    /// What moves.
    pub frame: Frame,
    view: View,
    needs: Vec<Needs>,
    size: (f32, f32),
    fall: Duration,
    labels: Labels,
}

impl Film {
    /// At the beginning of a shot.
    pub fn new(shot: &Shot) -> Self {
        let mut film = Self {
            history: History::new(shot.scenario.clone()),
            layout: Layout::default(),
            frame: Frame::default(),
            view: View::default(),
            needs: Vec::new(),
            size: (shot.width, shot.height),
            fall: Duration::from_secs(FALL_S * shot.speed),
            labels: Labels::default(),
        };
        film.seek(shot.from);
        film
    }

    /// Goes on to an instant.
    pub fn seek(&mut self, at: Instant) {
        self.history.seek(at);
        let simulation = self.history.simulation();
        simulation.view(&mut self.view);
        self.arrange();
        let simulation = self.history.simulation();
        let travel = Travel {
            still: false,
            fall: self.fall,
        };
        let recent = self.history.recent().rev();
        let discards = self.history.scenario().pattern.discards;
        self.frame.fill(
            &self.layout,
            simulation,
            &self.view,
            recent,
            discards,
            travel,
        );
    }

    /// Lays the picture out anew when what is in it changes.
    fn arrange(&mut self) {
        let topology = self.history.simulation().topology();
        let need = |node: &patternscope_engine::kernel::view::NodeView| Needs {
            workers: node.workers,
        };
        let needs: Vec<Needs> = self.view.nodes.iter().map(need).collect();
        if needs == self.needs && self.layout.lanes.len() == topology.links().len() {
            return;
        }
        let (width, height) = self.size;
        let top = workflow::height(&self.view.steps, width);
        self.layout = Layout::new(topology, &needs, width, height, (top, 0.0));
        self.needs = needs;
    }

    /// What stays where it is: links, nodes and a workflow's steps.
    pub fn scenery(&self) -> Mark {
        let topology = self.history.simulation().topology();
        let (nodes, states) = (badge::nodes(&self.history), badge::links(&self.history));
        let pair = |index| {
            let badges: Vec<_> = links::lanes_of(&self.layout, index)
                .map(|link| states[link.index()].clone())
                .collect();
            let marks = links::pair(&self.layout, index, &badges);
            Mark::group("link", vec![marks])
        };
        let card = |(index, node)| {
            let marks = cards::card(&self.layout.cards[index], node, &nodes[index]);
            Mark::group("node", vec![marks])
        };
        let pairs = match links::has_backdrop(&self.layout) {
            true => vec![links::backdrop(&self.layout, &states)],
            false => (0..self.layout.pairs.len()).map(pair).collect(),
        };
        let mut parts = vec![
            Mark::group(links::links_class(&self.layout), pairs),
            Mark::group(
                "nodes",
                topology.nodes().iter().enumerate().map(card).collect(),
            ),
            cards::headline(&badge::headline(&self.history)),
        ];
        if !self.view.steps.is_empty() {
            let counts = workflow::count(&self.view);
            parts.push(workflow::graph(
                &self.view.steps,
                self.layout.width,
                &counts,
            ));
        }
        if let Some(plot) = self.time_plot() {
            parts.push(Mark::group(
                "event-time",
                vec![event_time::ground(plot.field)],
            ));
        }
        Mark::group("", parts)
    }

    /// The axes of both times as they are now, for patterns that know them.
    pub fn time_plot(&self) -> Option<TimePlot> {
        let area = self.layout.plot?;
        Some(TimePlot::new(&self.view, area))
    }

    /// What there is of both times, along these axes: behind, and before it.
    pub fn times(&self, axes: &TimePlot) -> [Vec<Mark>; 2] {
        let mut pieces = event_time::pieces(axes, &self.view);
        let front = pieces.split_off(1);
        [pieces, front]
    }

    /// What stands in cards beside messages.
    pub fn shelves(&self) -> Vec<Mark> {
        let frame = &self.frame;
        let mut cells = String::new();
        for cell in &frame.cells {
            moving::write_cell(&mut cells, cell);
        }
        let mut marks = vec![Mark::path("cells", cells)];
        for (tone, class) in moving::BARS {
            let mut path = String::new();
            for bar in frame.bars.iter().filter(|bar| bar.tone == tone) {
                moving::write_bar(&mut path, bar);
            }
            marks.push(Mark::path(class, path));
        }
        for hue in 0..=Hue::COUNT {
            let mut path = String::new();
            for pointer in frame.pointers.iter().filter(|it| it.hue.index() == hue) {
                moving::write_pointer(&mut path, pointer);
            }
            marks.push(Mark::path(moving::pointer_class(hue), path));
        }
        let offset = |offset: &patternscope_engine::scene::Offset| {
            Mark::words("offset", offset.spot, offset.number.to_string())
        };
        marks.extend(frame.offsets.iter().map(offset));
        let named = frame.pointers.iter().filter(|pointer| pointer.named);
        marks.extend(named.map(|pointer| {
            Mark::words("pointer-name", moving::name_spot(pointer), &*pointer.label)
        }));
        marks
    }

    /// How far work is that is being done.
    fn arcs(&self) -> [Mark; 2] {
        [(true, "arc"), (false, "arc orphan")].map(|(wanted, class)| {
            let mut path = String::new();
            for arc in self.frame.arcs.iter().filter(|arc| arc.wanted == wanted) {
                moving::write_arc(&mut path, arc);
            }
            Mark::path(class, path)
        })
    }

    /// Where messages were lost, and why.
    pub fn losses(&self) -> Vec<Mark> {
        let words = |loss: &patternscope_engine::scene::Loss| {
            let mut text = String::new();
            moving::write_loss(&mut text, loss);
            Mark::words("loss", loss.spot, text)
        };
        self.frame.losses.iter().map(words).collect()
    }

    /// Whether there are few enough messages for outlines and labels.
    pub fn is_rich(&self) -> bool {
        self.frame.sprites.len() <= RICH_MOST
    }

    /// Every message.
    fn messages(&mut self) -> Mark {
        if !self.is_rich() {
            return Mark::group("many", many(&self.frame.sprites));
        }
        self.labels.begin(&self.frame);
        let mut marks = Vec::new();
        for sprite in &self.frame.sprites {
            let mut mark = message(sprite);
            if self.labels.wants(sprite, false)
                && let Some(words) = label(&self.history, &self.layout, sprite)
            {
                self.labels.place(sprite);
                mark.children.push(words);
            }
            marks.push(mark.at(sprite.spot));
        }
        Mark::group("few", marks)
    }

    /// All of it.
    pub fn picture(&mut self) -> Mark {
        let mut chords = String::new();
        moving::write_chords(&mut chords, &self.frame);
        let mut parts = vec![Mark::path("chord", chords)];
        parts.extend(self.shelves());
        parts.extend(self.arcs());
        parts.push(self.messages());
        parts.extend(self.losses());
        let area = self.layout.plot;
        let times = area.map(|area| event_time::plot(&self.view, area, None));
        let mut all = vec![self.scenery()];
        all.extend(times);
        all.push(Mark::group("messages", parts));
        Mark::group("", all)
    }
}

/// What a message carries, beside it, where there is room.
pub fn label(history: &History, layout: &Layout, sprite: &Sprite) -> Option<Mark> {
    /// From a message's middle to its label, and up.
    const BESIDE: f32 = 10.0;
    const ABOVE: f32 = -7.0;
    let mut text = String::new();
    moving::describe(history.simulation(), sprite, &mut text);
    let (x, anchor) = match layout.label_side(sprite.spot, text.chars().count())? {
        LabelSide::Left => (-BESIDE, "end"),
        LabelSide::Right => (BESIDE, "start"),
    };
    Some(Mark::words("number", Spot { x, y: ABOVE }, text).anchored(anchor))
}

/// A message with its outline, around the origin.
pub fn message(sprite: &Sprite) -> Mark {
    let scale = match moving::is_small(sprite) {
        true => "scale(.72)",
        false => "",
    };
    let mut parts = Vec::new();
    if sprite.marks != Default::default() {
        let halo = Mark::new("circle", "halo").number("r", moving::HALO);
        parts.push(halo.with("transform", scale));
    }
    let shape = Mark::path("shape", moving::shape_of(sprite));
    parts.push(shape.with("transform", scale));
    let opacity = (sprite.strength * 10.0).round() / 10.0;
    let group = Mark::group(moving::class_of(sprite, false), parts);
    match opacity < 1.0 {
        true => group.number("opacity", opacity),
        false => group,
    }
}

/// Many messages, gathered in a path a kind.
fn many(sprites: &[Sprite]) -> Vec<Mark> {
    let mut paths: Vec<(String, String)> = Vec::new();
    let mut add = |class: String, spot: Spot, shape: &str| {
        let index = paths.iter().position(|(known, _)| *known == class);
        let index = index.unwrap_or_else(|| {
            paths.push((class, String::new()));
            paths.len() - 1
        });
        glyph::write_at(&mut paths[index].1, spot.x, spot.y, shape);
    };
    for sprite in sprites {
        let (class, shape) = match (sprite.condition, sprite.wanted) {
            (Condition::Fell, _) => ("fell".to_owned(), glyph::plain(Role::Error)),
            (_, false) => ("orphan".to_owned(), glyph::plain(sprite.role)),
            _ => (moving::class_of_many(sprite), glyph::plain(sprite.role)),
        };
        add(class, sprite.spot, shape);
        if sprite.marks != Default::default() {
            add("marked".to_owned(), sprite.spot, glyph::RING_PLAIN);
        }
    }
    let path = |(class, path): (String, String)| Mark::path(class, path);
    paths.into_iter().map(path).collect()
}
