//! State that views follow, and values that follow state and are passed on
//! only when they differ.
//!
//! Leptos's own are compiled anew for each type of value, half a kilobyte to
//! two a time. Here all hold one type, a shared value, and the types of the
//! values matter only where they are written and read.

use leptos::prelude::{Get, GetUntracked, RwSignal, Set};
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

/// A value of any type that a memo can hold.
#[derive(Clone)]
pub struct Shared(Arc<dyn Comparable>);

impl PartialEq for Shared {
    fn eq(&self, other: &Self) -> bool {
        let other: &dyn Any = &*other.0;
        self.0.equals(other)
    }
}

impl Shared {
    /// Of this value.
    pub fn new<T: PartialEq + Send + Sync + 'static>(value: T) -> Self {
        Self(Arc::new(value))
    }

    fn look<T: 'static, R>(&self, look: impl FnOnce(&T) -> R) -> R {
        let value: &dyn Any = &*self.0;
        look(value.downcast_ref().expect("a memo keeps its type"))
    }
}

/// A value that is written from outside, and tells those who follow it.
pub struct State<T> {
    shared: RwSignal<Arc<dyn Any + Send + Sync>>,
    kind: PhantomData<fn() -> T>,
}

impl<T> Clone for State<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for State<T> {}

fn look<T: 'static, R>(value: &Arc<dyn Any + Send + Sync>, look: impl FnOnce(&T) -> R) -> R {
    look(value.downcast_ref().expect("state keeps its type"))
}

impl<T: Send + Sync + 'static> State<T> {
    /// State that begins with this value.
    pub fn new(value: T) -> Self {
        Self {
            shared: RwSignal::new(Arc::new(value)),
            kind: PhantomData,
        }
    }

    /// Writes it; nothing happens if its owner is gone.
    pub fn set(self, value: T) {
        let _ = self.shared.try_set(Arc::new(value));
    }

    /// Lends the value, and follows it.
    pub fn with<R>(self, see: impl FnOnce(&T) -> R) -> R {
        look(&self.shared.get(), see)
    }

    /// Lends the value without following it.
    pub fn with_untracked<R>(self, see: impl FnOnce(&T) -> R) -> R {
        look(&self.shared.get_untracked(), see)
    }
}

impl<T: Clone + Send + Sync + 'static> State<T> {
    /// A copy of the value, and follows it.
    pub fn get(self) -> T {
        self.with(T::clone)
    }

    /// A copy of the value, without following it.
    pub fn get_untracked(self) -> T {
        self.with_untracked(T::clone)
    }

    /// The same, none if its owner is gone.
    pub fn try_get_untracked(self) -> Option<T> {
        let value = self.shared.try_get_untracked()?;
        Some(look(&value, T::clone))
    }

    /// Changes the value.
    pub fn update(self, change: impl FnOnce(&mut T)) {
        let mut value = self.get_untracked();
        change(&mut value);
        self.set(value);
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
        Self::of_shared(boxed(Box::new(move || Shared::new(make()))))
    }

    /// One that holds values of this type, made elsewhere.
    pub fn of_shared(shared: leptos::prelude::Memo<Shared>) -> Self {
        Self {
            shared,
            kind: PhantomData,
        }
    }
}

/// See `dom::Act`.
trait Make: Send + Sync {
    fn make(&self) -> Shared;
}

impl<F: Fn() -> Shared + Send + Sync> Make for F {
    fn make(&self) -> Shared {
        self()
    }
}

fn boxed(make: Box<dyn Make>) -> leptos::prelude::Memo<Shared> {
    leptos::prelude::Memo::new(move |_| make.make())
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
