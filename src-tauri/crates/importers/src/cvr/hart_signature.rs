//! The detached signature beside a record of Hart Verity (`file.xml.sig.xml`): W3C XML-DSig, SHA-256, RSA-SHA256.
//!
//! This file knows how the signature is written: which bytes are digested and which text is signed. Whether the signature
//! was made by a key is for `verification::rsa_pkcs1` to say. The key inside the file is not looked at: anybody can put
//! one there.
//!
//! Source: XML-Signature Syntax and Processing 1.1; Canonical XML 1.0.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::xml::{self, Element};

const C14N: &str = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";
const RSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
const SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";

/// A signature, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detached {
    /// The text that the signature is over, canonical.
    pub signed: Vec<u8>,
    /// The signature.
    pub signature: Vec<u8>,
    /// SHA-256 that the record must have.
    pub digest: [u8; 32],
    /// Name of the record as it was signed, without folders.
    pub file: String,
}

/// A public key: numbers, most significant byte first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    /// Modulus.
    pub modulus: Vec<u8>,
    /// Exponent.
    pub exponent: Vec<u8>,
}

impl Detached {
    /// Takes a signature file apart.
    ///
    /// # Errors
    /// A sentence where it is no such signature, or made in a way that is not known.
    pub fn parse(text: &str) -> Result<Self, String> {
        let children = xml::document(text.as_bytes())?;
        let find = |name: &str| {
            children.iter().find(|child| child.name == name).ok_or_else(|| format!("the signature has no {name}"))
        };
        let info = find("SignedInfo")?;
        let algorithm = |element: Option<&Element>, wanted: &str, what: &str| {
            let found = element.and_then(|element| element.attribute("Algorithm")).unwrap_or_default().to_owned();
            if found == wanted {
                Ok(())
            } else {
                Err(format!("the {what} {found:?} is not known; {wanted} was expected"))
            }
        };
        algorithm(info.child("CanonicalizationMethod"), C14N, "canonical form")?;
        algorithm(info.child("SignatureMethod"), RSA_SHA256, "kind of signature")?;
        let mut references = info.all("Reference");
        let (Some(reference), None) = (references.next(), references.next()) else {
            return Err("the signature is not over exactly one file".to_owned());
        };
        algorithm(reference.child("DigestMethod"), SHA256, "digest")?;
        if reference.child("Transforms").is_some() {
            return Err("the file is signed in another form than its bytes; that is not known".to_owned());
        }
        let digest = decode(reference.text_of("DigestValue").unwrap_or_default())?;
        let uri = reference.attribute("URI").unwrap_or_default();
        Ok(Self {
            signed: canonical(text)?,
            signature: decode(&find("SignatureValue")?.text)?,
            digest: digest.try_into().map_err(|_| "the digest has not 32 bytes".to_owned())?,
            file: uri.rsplit(['/', '\\']).next().unwrap_or(uri).to_owned(),
        })
    }

    /// Whether the digest is that of a record's bytes.
    pub fn is_over(&self, record: &[u8]) -> bool {
        Sha256::digest(record).as_slice() == self.digest
    }
}

impl PublicKey {
    /// Reads an `RSAKeyValue`.
    ///
    /// # Errors
    /// A sentence where it is none.
    pub fn parse(text: &str) -> Result<Self, String> {
        let children = xml::document(text.as_bytes())?;
        let number = |name: &str| {
            let element = children.iter().find(|child| child.name == name);
            decode(&element.ok_or_else(|| format!("the key has no {name}"))?.text)
        };
        Ok(Self { modulus: number("Modulus")?, exponent: number("Exponent")? })
    }
}

fn decode(text: &str) -> Result<Vec<u8>, String> {
    let packed: String = text.chars().filter(|letter| !letter.is_whitespace()).collect();
    STANDARD.decode(packed).map_err(|_| "a number of the signature or key is damaged".to_owned())
}

/// `SignedInfo` as it stands in the file, in canonical form: with the namespace it inherits, with end tags for empty
/// elements.
///
/// Only what these signatures need of the form is done; a text that needs more (other quotation marks, comments,
/// prefixes, references) is refused rather than taken for another.
fn canonical(text: &str) -> Result<Vec<u8>, String> {
    let strange = || "SignedInfo is written in a way whose canonical form is not known here".to_owned();
    let start = text.find("<SignedInfo").ok_or_else(strange)?;
    let end = text.find("</SignedInfo>").ok_or_else(strange)? + "</SignedInfo>".len();
    let inner = text.get(start..end).ok_or_else(strange)?;
    let head = &text[..start];
    let namespace = "xmlns=\"http://www.w3.org/2000/09/xmldsig#\"";
    let is_plain = !inner.contains(['\'', '&', '\r']) && !inner.contains("<!") && !inner.contains("<?");
    // One declaration of one namespace, on the element around it or on its own.
    if !is_plain || head.matches("xmlns").count() + inner.matches("xmlns").count() != 1 || !text.contains(namespace) {
        return Err(strange());
    }
    let mut out = String::with_capacity(inner.len() + 256);
    for (place, piece) in inner.split_inclusive('>').enumerate() {
        let (between, tag) = piece.find('<').map(|at| piece.split_at(at)).ok_or_else(strange)?;
        out.push_str(between);
        let body = tag.strip_prefix('<').and_then(|tag| tag.strip_suffix('>')).ok_or_else(strange)?;
        let (body, is_empty) = body.strip_suffix('/').map_or((body, false), |body| (body, true));
        let mut parts = body.split_whitespace();
        let name = parts.next().ok_or_else(strange)?;
        let attributes: Vec<&str> = parts.collect();
        // With one attribute at most there is no order to put right; a value with a space would show as two.
        let is_attribute =
            |part: &str| part.ends_with('"') && part.matches('"').count() == 2 && !part.starts_with("xmlns");
        let is_own = place == 0 && attributes == [namespace];
        if !is_own && (attributes.len() > 1 || !attributes.iter().all(|part| is_attribute(part))) {
            return Err(strange());
        }
        out.push('<');
        out.push_str(name);
        if place == 0 && !is_own {
            out.push(' ');
            out.push_str(namespace);
        }
        for attribute in attributes {
            out.push(' ');
            out.push_str(attribute);
        }
        out.push('>');
        if is_empty {
            out.push_str(&format!("</{name}>"));
        }
    }
    Ok(out.into_bytes())
}
