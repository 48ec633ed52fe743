//! One operation of the document while its handler describes itself.

use std::borrow::Cow;

use http::StatusCode;
use schemars::{JsonSchema, Schema, json_schema};

use super::guarded_object::GuardedObject;
use super::objects::{Content, In, Parameter, ResponseObject};
use super::requirement::Requirement;
use super::schema::Components;

/// One operation of the OpenAPI document, filled in by the argument and answer types of its handler.
///
/// Its methods only add: of two entries for the same thing the first stays. A change made at the route
/// ([`ApiMethod::with`](crate::ApiMethod::with)) is made before the types are asked, so what it says stays.
#[derive(Debug)]
pub struct Operation {
    pub(super) id: String,
    pub(super) path: String,
    pub(super) default_summary: String,
    pub(super) summary: Option<String>,
    pub(super) description: Option<String>,
    pub(super) tags: Vec<String>,
    pub(super) deprecated: bool,
    pub(super) parameters: Vec<Parameter>,
    pub(super) body: Option<(Content, bool)>,
    pub(super) other_body: Option<Content>,
    pub(super) success: Success,
    pub(super) responses: Vec<(StatusCode, ResponseObject)>,
    pub(super) requirement: Option<Requirement>,
    pub(super) guarded_objects: Vec<GuardedObject>,
    pub(super) login: bool,
    pub(super) clients: bool,
    pub(super) throttled: bool,
    pub(super) password: bool,
    pub(super) own_refusals: bool,
    pub(super) components: Components,
    unkept: Vec<String>,
}

#[derive(Debug, Default)]
pub(super) struct Success {
    pub(super) status: Option<StatusCode>,
    pub(super) description: Option<String>,
    pub(super) content: Option<Content>,
    pub(super) headers: Vec<(Cow<'static, str>, Cow<'static, str>)>,
}

impl Operation {
    /// `path` is the route as OpenAPI writes it.
    pub(crate) fn new(id: String, default_summary: String, path: String, components: Components) -> Self {
        Self {
            id,
            path,
            default_summary,
            summary: None,
            description: None,
            tags: Vec::new(),
            deprecated: false,
            parameters: Vec::new(),
            body: None,
            other_body: None,
            success: Success::default(),
            responses: Vec::new(),
            requirement: None,
            guarded_objects: Vec::new(),
            login: false,
            clients: false,
            throttled: false,
            password: false,
            own_refusals: false,
            components,
            unkept: Vec::new(),
        }
    }

    /// The operation's id, unique in the document.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The path of the route as OpenAPI writes it, such as `/users/{user_id}`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Says in a few words what it does, instead of the handler's name.
    pub fn summary(&mut self, summary: impl Into<String>) -> &mut Self {
        self.summary.get_or_insert_with(|| summary.into());
        self
    }

    /// Says at length what it does (CommonMark).
    pub fn description(&mut self, description: impl Into<String>) -> &mut Self {
        self.description.get_or_insert_with(|| description.into());
        self
    }

    /// Puts it under a heading of the documentation pages.
    pub fn tag(&mut self, tag: impl Into<String>) -> &mut Self {
        let tag = tag.into();
        if !self.tags.contains(&tag) {
            self.tags.push(tag);
        }
        self
    }

    /// Says that it should no longer be used.
    pub fn deprecated(&mut self) -> &mut Self {
        self.deprecated = true;
        self
    }

    /// Asks for credentials: a [`Guard`](super::Guard), or a [`Requirement`] of other schemes. Several guards of one
    /// handler are joined: a caller has to satisfy all of them.
    pub fn guard(&mut self, guard: impl Into<Requirement>) -> &mut Self {
        self.require(guard.into());
        self
    }

    fn require(&mut self, requirement: Requirement) {
        match &mut self.requirement {
            Some(own) => own.merge(&requirement),
            none => *none = Some(requirement),
        }
    }

    /// Adds a parameter, unless one of that name stands in that place already.
    pub fn parameter(&mut self, parameter: Parameter) -> &mut Self {
        let known = |own: &Parameter| own.name == parameter.name && own.location == parameter.location;
        if !self.parameters.iter().any(known) {
            self.parameters.push(parameter);
        }
        self
    }

    /// Adds a parameter for each member of `T`, an object; for `In::Path` also for a tuple or a single value, which
    /// take their names from the route.
    pub fn parameters<T: JsonSchema>(&mut self, location: In) -> &mut Self {
        let schema = self.components.expand::<T>();
        let names = if location == In::Path {
            super::schema::path_names(&self.path)
        } else {
            Vec::new()
        };
        for parameter in super::schema::parameters(&schema, location, &names) {
            self.parameter(parameter);
        }
        self
    }

    /// Reads a body; a request without one is refused. Only the first body of a handler counts.
    pub fn body(&mut self, content: Content) -> &mut Self {
        self.body.get_or_insert((content, true));
        self
    }

    /// Reads a body of one media type (such as `application/json`) that holds a `T`.
    pub fn body_of<T: JsonSchema>(&mut self, media_type: impl Into<Cow<'static, str>>) -> &mut Self {
        if self.body.is_some() {
            return self;
        }
        let schema = self.schema::<T>();
        self.body(Content {
            media_type: media_type.into(),
            schema,
        })
    }

    /// What `optional` adds is no longer required: the token, the parameters, the body.
    pub fn optionally(&mut self, optional: impl FnOnce(&mut Self)) -> &mut Self {
        let before = self.requirement.take();
        let first = self.parameters.len();
        let has_body = self.body.is_some();
        optional(self);
        let added = std::mem::replace(&mut self.requirement, before);
        if let Some(mut added) = added {
            added.relax();
            self.require(added);
        }
        for parameter in self.parameters.iter_mut().skip(first) {
            parameter.required = false;
        }
        if let (false, Some((_, required))) = (has_body, &mut self.body) {
            *required = false;
        }
        self
    }

    /// What the error side of an answer says: it cannot speak of the good answer.
    pub(crate) fn failure(&mut self, describe: impl FnOnce(&mut Self)) {
        let success = std::mem::take(&mut self.success);
        describe(self);
        self.success = success;
    }

    /// What a good answer holds.
    pub fn success(&mut self, content: Content) -> &mut Self {
        self.success.content.get_or_insert(content);
        self
    }

    /// A good answer brings this header, and what it says. Of two of one name the first stays.
    pub fn success_header(
        &mut self,
        name: impl Into<Cow<'static, str>>,
        says: impl Into<Cow<'static, str>>,
    ) -> &mut Self {
        let name = name.into();
        if !self.success.headers.iter().any(|(own, _)| *own == name) {
            self.success.headers.push((name, says.into()));
        }
        self
    }

    /// A good answer is `application/json` and holds a `T`.
    pub fn json<T: JsonSchema>(&mut self) -> &mut Self {
        if self.success.content.is_some() {
            return self;
        }
        let schema = self.components.answer::<T>(&self.id);
        self.success(Content::json(schema))
    }

    /// The status of a good answer, where it is not 200.
    pub fn success_status(&mut self, status: StatusCode) -> &mut Self {
        self.success.status.get_or_insert(status);
        self
    }

    /// What a good answer means, instead of "Successful Response".
    pub fn success_description(&mut self, description: impl Into<String>) -> &mut Self {
        self.success.description.get_or_insert_with(|| description.into());
        self
    }

    /// Leaves out what a good answer holds: JSON of any kind, as FastAPI documents a function without a return type.
    pub fn untyped(&mut self) -> &mut Self {
        self.success(Content::json(json_schema!({})))
    }

    /// Adds an answer of another status. A status that is documented already keeps its first entry.
    pub fn response(&mut self, status: StatusCode, response: ResponseObject) -> &mut Self {
        if !self.has_response(status) {
            self.responses.push((status, response));
        }
        self
    }

    /// The schema of `T` for use inside this operation: a reference to a component, which is registered with it, or
    /// the schema itself where `T` has no name of its own.
    pub fn schema<T: JsonSchema>(&mut self) -> Schema {
        self.components.schema::<T>()
    }

    /// Notes what a type of this operation promises and cannot be kept.
    pub(crate) fn promises(&mut self, unkept: Option<String>) {
        self.unkept.extend(unkept);
    }

    /// What cannot be kept, a sentence each.
    pub(crate) fn unkept(&self) -> &[String] {
        &self.unkept
    }

    pub(crate) fn has_response(&self, status: StatusCode) -> bool {
        self.responses.iter().any(|(own, _)| *own == status)
    }

    pub(crate) fn requirement(&self) -> Option<&Requirement> {
        self.requirement.as_ref()
    }

    pub(crate) fn is_login(&self) -> bool {
        self.login
    }

    /// Says that it may be refused for too many attempts.
    pub(crate) fn throttled(&mut self) -> &mut Self {
        self.throttled = true;
        self
    }

    pub(crate) fn is_throttled(&self) -> bool {
        self.throttled
    }

    pub(crate) fn is_for_clients(&self) -> bool {
        self.clients
    }

    pub(crate) fn has_own_refusals(&self) -> bool {
        self.own_refusals
    }
}
