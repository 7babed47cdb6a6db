//! Commands of messages.

use std::collections::BTreeMap;

use serde_json::json;
use workflow::Error;
use workflow::incident::incidents::IncidentEvent;

use super::arguments::NoticeCommand;
use super::office::Response;
use super::run::plain;

pub(super) fn run(command: NoticeCommand) -> Result<u8, Error> {
    use NoticeCommand as C;
    match command {
        C::Preview(fill) => {
            let office = Response::on(&fill.on)?;
            let values: BTreeMap<String, String> = fill.values.into_iter().collect();
            let text = office.case.preview_notice(
                &office.playbooks,
                &fill.on.id,
                &fill.template,
                &values,
                Some(&office.by),
            )?;
            Ok(office.show(&json!(text), &format!("To: {}\nSubject: {}\n\n{}", text.audience, text.subject, text.body)))
        }
        C::Prepare { fill, subject, body, channel } => {
            let mut office = Response::on(&fill.on)?;
            let values: BTreeMap<String, String> = fill.values.into_iter().collect();
            let body = body
                .map(|path| {
                    std::fs::read_to_string(&path).map_err(|error| Error::Input {
                        path: path.display().to_string(),
                        row: 0,
                        column: String::new(),
                        message: format!("{}: {error}", path.display()),
                    })
                })
                .transpose()?;
            let edited = subject.as_deref().zip(body.as_deref());
            let (message, recorded) = office.case.prepare_incident_notice(
                &office.by,
                &office.playbooks,
                &fill.on.id,
                &fill.template,
                &values,
                edited,
                &channel,
            )?;
            Ok(office.told(&recorded, json!({"message_id": message}), &message))
        }
        C::Approve(one) => {
            let mut office = Response::on(&one.on)?;
            let recorded = office.case.approve_incident_notice(&office.by, &one.on.id, &one.message)?;
            Ok(office.recorded(&recorded, &format!("{} is approved.", one.message)))
        }
        C::Write { one, out } => {
            let mut office = Response::on(&one.on)?;
            let files = office.case.write_incident_notice(&office.by, &one.on.id, &one.message, &out)?;
            let text = format!("{}\n{}", files.eml.display(), files.txt.display());
            Ok(office.show(&json!(files), &text))
        }
        C::Sent { one, channel } => {
            let mut office = Response::on(&one.on)?;
            let recorded = office.case.confirm_incident_notice(
                &office.by,
                &office.playbooks,
                &one.on.id,
                &one.message,
                &channel,
            )?;
            Ok(office.recorded(&recorded, &format!("{} went out.", one.message)))
        }
        C::Withdraw { one, reason } => {
            let text = format!("{} is withdrawn.", one.message);
            plain(&one.on, IncidentEvent::MessageWithdrawn { message: one.message.clone(), reason }, &text)
        }
        C::Update { on, text } => plain(&on, IncidentEvent::UpdateGiven { text }, "The update is recorded."),
        C::List(on) => {
            let office = Response::on(&on)?;
            let incident = office.case.incident(&on.id, Some(&office.by))?;
            let lines: Vec<String> = incident
                .messages
                .iter()
                .map(|message| {
                    let state = json!(message.state);
                    let state = state.as_str().unwrap_or_default().to_owned();
                    format!(
                        "{}  {state:9}  {}  {}",
                        message.draft.message, message.draft.audience, message.draft.subject
                    )
                })
                .collect();
            Ok(office.show(&json!({"messages": incident.messages}), &lines.join("\n")))
        }
    }
}
