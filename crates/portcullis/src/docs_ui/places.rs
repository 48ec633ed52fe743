//! Where the document and its pages stand.

/// Where an application's document and its pages stand, all below the application's own root. By default where FastAPI's do:
/// `/openapi.json`, `/docs` (Swagger UI) with `/docs/oauth2-redirect`, and `/redoc`.
///
/// Give it to [`Front::docs`](crate::Front::docs) or [`Site::docs`](crate::Site::docs), which also takes `true` (the default) and `false` ([`Docs::off`]).
///
/// ```
/// use portcullis::Docs;
///
/// let docs = Docs::default().document_at("/api/document.json").swagger_at("/help").without_redoc();
/// # let _ = docs;
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Docs {
    pub(super) document: Option<String>,
    pub(super) swagger: Option<String>,
    pub(super) redirect: String,
    pub(super) redoc: Option<String>,
    pub(super) client_id: Option<String>,
}

impl Default for Docs {
    fn default() -> Self {
        Self {
            document: Some("/openapi.json".to_owned()),
            swagger: Some("/docs".to_owned()),
            redirect: "/docs/oauth2-redirect".to_owned(),
            redoc: Some("/redoc".to_owned()),
            client_id: None,
        }
    }
}

impl Docs {
    /// Neither document nor pages.
    pub fn off() -> Self {
        Self {
            document: None,
            ..Self::default()
        }
    }

    /// The path of the document, which is JSON.
    #[must_use]
    pub fn document_at(mut self, path: impl Into<String>) -> Self {
        self.document = Some(path.into());
        self
    }

    /// The path of Swagger UI; its OAuth2 page stands below it, `/help/oauth2-redirect`.
    #[must_use]
    pub fn swagger_at(mut self, path: impl Into<String>) -> Self {
        let path = path.into();
        self.redirect = format!("{path}/oauth2-redirect");
        self.swagger = Some(path);
        self
    }

    /// The path of Swagger UI's OAuth2 page, to which an authorization server sends the browser back.
    #[must_use]
    pub fn oauth2_redirect_at(mut self, path: impl Into<String>) -> Self {
        self.redirect = path.into();
        self
    }

    /// The path of `ReDoc`.
    #[must_use]
    pub fn redoc_at(mut self, path: impl Into<String>) -> Self {
        self.redoc = Some(path.into());
        self
    }

    /// No Swagger UI.
    #[must_use]
    pub fn without_swagger(mut self) -> Self {
        self.swagger = None;
        self
    }

    /// No `ReDoc`.
    #[must_use]
    pub fn without_redoc(mut self) -> Self {
        self.redoc = None;
        self
    }

    /// The client as which Swagger UI asks for tokens (its `initOAuth`), with PKCE (RFC 7636). It is shown to everyone, and
    /// has no secret.
    #[must_use]
    pub fn client_id(mut self, id: impl Into<String>) -> Self {
        self.client_id = Some(id.into());
        self
    }

    /// The page that `/` leads to, if there is one.
    pub(crate) fn first(&self) -> Option<&str> {
        self.document.as_ref()?;
        self.swagger.as_deref().or(self.redoc.as_deref())
    }
}

impl From<bool> for Docs {
    fn from(served: bool) -> Self {
        if served { Self::default() } else { Self::off() }
    }
}
