//! Values that follow signals and are passed on only when they differ.
//!
//! Leptos's own memo is compiled anew for each type of value, well over a
//! kilobyte a time. Here all memos hold one type, a shared value that knows
//! how to compare itself, and the types of the values matter only where they
//! are made and read.

use leptos::prelude::Get;
use std::any::Any;
use std::marker::PhantomData;
use std::sync::Arc;

/// A value that can be compared with another of unknown type.
trait Comparable: Any + Send + Sync {
    fn equals(&self, other: &dyn Any) -> bool;
}

impl<T: PartialEq + Send + Sync + 'static> Comparable for T {
    fn equals(&self, other: &dyn Any) -> bool {
        other.downcast_ref() == Some(self)
    }
}

#[derive(Clone)]
struct Shared(Arc<dyn Comparable>);

impl PartialEq for Shared {
    fn eq(&self, other: &Self) -> bool {
        let other: &dyn Any = &*other.0;
        self.0.equals(other)
    }
}

impl Shared {
    fn look<T: 'static, R>(&self, look: impl FnOnce(&T) -> R) -> R {
        let value: &dyn Any = &*self.0;
        look(value.downcast_ref().expect("a memo keeps its type"))
    }
}

/// A value that follows signals: made anew when they change and somebody reads
/// it, and passed on when it differs.
pub struct Memo<T> {
    shared: leptos::prelude::Memo<Shared>,
    kind: PhantomData<fn() -> T>,
}

impl<T> Clone for Memo<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Memo<T> {}

impl<T: PartialEq + Send + Sync + 'static> Memo<T> {
    /// What `make` makes.
    pub fn new(make: impl Fn() -> T + Send + Sync + 'static) -> Self {
        Self {
            shared: boxed(Box::new(move || Shared(Arc::new(make())))),
            kind: PhantomData,
        }
    }
}

fn boxed(make: Box<dyn Fn() -> Shared + Send + Sync>) -> leptos::prelude::Memo<Shared> {
    leptos::prelude::Memo::new(move |_| make())
}

impl<T: 'static> Memo<T> {
    /// Lends the value, and follows it.
    pub fn with<R>(self, look: impl FnOnce(&T) -> R) -> R {
        self.shared.get().look(look)
    }

    /// A copy of the value, and follows it.
    pub fn get(self) -> T
    where
        T: Clone,
    {
        self.with(T::clone)
    }
}
