//! A form as RFC 6749 reads it.

use zeroize::Zeroizing;

use super::fields::Fields;
use super::parameter::Parameter;
use super::sink::Sent;
use crate::refusal::{OAuthRefusal, Refusal};

/// The parameters of an OAuth request (RFC 6749 §3.2): each at most once, and a text that can be right.
#[derive(Default)]
pub(crate) struct StrictForm {
    texts: Vec<(Parameter, Zeroizing<String>)>,
}

impl StrictForm {
    /// What was sent; `None` where nothing was, or an empty text, which is the same (RFC 6749 §3.2).
    pub(crate) fn take(&mut self, parameter: Parameter) -> Option<Zeroizing<String>> {
        let at = self.texts.iter().position(|(known, _)| *known == parameter)?;
        Some(self.texts.swap_remove(at).1)
    }

    /// What was sent for a parameter that must be there.
    ///
    /// # Errors
    /// It is not (`invalid_request`).
    pub(crate) fn require(&mut self, parameter: Parameter) -> Result<Zeroizing<String>, Refusal> {
        self.take(parameter).ok_or_else(|| refused(parameter, REQUIRED))
    }
}

impl Fields {
    /// Looks whether a parameter was sent once at most; it stays.
    ///
    /// # Errors
    /// It came more than once (`invalid_request`).
    pub(crate) fn expect_once(&self, parameter: Parameter) -> Result<(), Refusal> {
        match self.repeated(parameter) {
            true => Err(refused(parameter, "A parameter is given more than once")),
            false => Ok(()),
        }
    }

    /// Looks whether something was sent for a parameter; it stays.
    ///
    /// # Errors
    /// Nothing was, or an empty text (`invalid_request`).
    pub(crate) fn expect(&self, parameter: Parameter) -> Result<(), Refusal> {
        match self.is_empty(parameter) {
            true => Err(refused(parameter, REQUIRED)),
            false => Ok(()),
        }
    }

    /// Takes these parameters out as RFC 6749 §3.2 reads them.
    ///
    /// # Errors
    /// One that came more than once, is longer than can be right, a file, or no UTF-8 (`invalid_request`).
    pub(crate) fn strict(&mut self, parameters: &[Parameter]) -> Result<StrictForm, Refusal> {
        let mut form = StrictForm::default();
        for parameter in parameters.iter().copied() {
            self.expect_once(parameter)?;
            let text = match self.take(parameter) {
                None => continue,
                Some(Sent::Text(bytes)) => text(bytes).ok_or_else(|| refused(parameter, NO_TEXT))?,
                Some(Sent::TooLong) => return Err(refused(parameter, "String is too long")),
                Some(Sent::File) => return Err(refused(parameter, NO_TEXT)),
            };
            if !text.is_empty() {
                form.texts.push((parameter, text));
            }
        }
        Ok(form)
    }
}

/// FastAPI's sentences.
const REQUIRED: &str = "Field required";
const NO_TEXT: &str = "Input should be a valid string";

fn text(mut bytes: Zeroizing<Vec<u8>>) -> Option<Zeroizing<String>> {
    match String::from_utf8(std::mem::take(&mut *bytes)) {
        Ok(text) => Some(Zeroizing::new(text)),
        Err(error) => {
            drop(Zeroizing::new(error.into_bytes()));
            None
        }
    }
}

fn refused(parameter: Parameter, sentence: &'static str) -> Refusal {
    OAuthRefusal::invalid_request(Some(parameter.name()), sentence).into()
}

#[cfg(test)]
mod tests {
    use super::super::limits::FormLimits;
    use super::super::read::parse;
    use super::*;

    const KNOWN: &[Parameter] = &[Parameter::Token, Parameter::ClientId];

    fn read(body: &[u8]) -> Result<StrictForm, Refusal> {
        let content_type = Some(b"application/x-www-form-urlencoded".as_slice());
        parse(content_type, body, 0, KNOWN, FormLimits::default())?.strict(KNOWN)
    }

    /// The field that the refusal names.
    fn refused_field(result: Result<StrictForm, Refusal>) -> Option<String> {
        match result {
            Err(Refusal::OAuth(OAuthRefusal::InvalidRequest { errors })) => errors[0].field().map(str::to_owned),
            Err(other) => panic!("{other:?}"),
            Ok(_) => panic!("it passed"),
        }
    }

    #[test]
    fn a_parameter_that_is_doubled_overlong_or_no_text_is_an_invalid_request() {
        let long = [b"client_id=a&token=".as_slice(), &[b'x'; 8193]].concat();
        for body in [b"token=a&token=a".as_slice(), b"token=&token=", b"token=%ff", &long] {
            assert_eq!(refused_field(read(body)).as_deref(), Some("token"), "{body:?}");
        }
    }

    #[test]
    fn what_is_missing_or_empty_is_an_invalid_request_where_it_must_be_there() {
        for body in [b"".as_slice(), b"token=", b"token"] {
            let form = read(body).and_then(|mut form| form.require(Parameter::Token).map(|_| form));
            assert_eq!(refused_field(form).as_deref(), Some("token"));
        }
    }

    #[test]
    fn a_parameter_that_nobody_knows_is_passed_over_however_often_it_comes() {
        let mut form = read(b"x=1&x=2&username=a&username=b&token=t").unwrap();
        assert_eq!(form.require(Parameter::Token).unwrap().as_str(), "t");
        assert!(form.take(Parameter::ClientId).is_none());
    }
}
