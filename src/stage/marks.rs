//! Marks in the page: elements made once, of which only what differs is
//! written afterwards.

use crate::dom::{Element, follow, svg};
use patternscope_engine::drawing::Mark;
use std::cell::RefCell;

/// An element, and the mark that was last written to it, without its children.
struct Drawn {
    element: Element,
    mark: Mark,
    children: Vec<Drawn>,
}

/// A group that shows what `make` makes, and follows the signals it reads.
pub fn marks(make: impl Fn() -> Mark + 'static) -> Element {
    let parent = svg("g");
    let place = parent.clone();
    let drawn = RefCell::new(None::<Drawn>);
    let make: Box<dyn Fn() -> Mark> = Box::new(make);
    follow(move || {
        let mark = make();
        match &mut *drawn.borrow_mut() {
            Some(drawn) => drawn.update(mark),
            none => {
                let made = none.insert(Drawn::new(mark));
                let _ = place.raw().append_child(made.element.raw());
            }
        }
    });
    parent
}

impl Drawn {
    fn new(mut mark: Mark) -> Self {
        let children = std::mem::take(&mut mark.children);
        let children: Vec<Self> = children.into_iter().map(Self::new).collect();
        let element = svg(mark.tag).text(&mark.text);
        for (name, value) in &mark.attributes {
            let _ = element.raw().set_attribute(name, value);
        }
        for child in &children {
            let _ = element.raw().append_child(child.element.raw());
        }
        Self {
            element,
            mark,
            children,
        }
    }

    /// Writes what differs; what is made otherwise is made anew.
    fn update(&mut self, mut mark: Mark) {
        if !self.is_alike(&mark) {
            let made = Self::new(mark);
            let _ = self
                .element
                .raw()
                .replace_with_with_node_1(made.element.raw());
            *self = made;
            return;
        }
        for (child, mark) in self
            .children
            .iter_mut()
            .zip(std::mem::take(&mut mark.children))
        {
            child.update(mark);
        }
        let element = self.element.raw();
        for (before, (name, value)) in self.mark.attributes.iter().zip(&mark.attributes) {
            if before.1 != *value {
                let _ = element.set_attribute(name, value);
            }
        }
        if self.mark.text != mark.text {
            element.set_text_content(Some(&mark.text));
        }
        self.mark = mark;
    }

    fn is_alike(&self, mark: &Mark) -> bool {
        self.mark.tag == mark.tag
            && self.children.len() == mark.children.len()
            && self.mark.attributes.len() == mark.attributes.len()
    }
}
