"""What each action is called, in plain words, English and Danish side by side. Keeps AUD-05.

tests/promises/test_audit_page.py fails on an action without words.
"""

from types import MappingProxyType
from typing import Final

ACTS: Final = MappingProxyType(
    {
        name: (english, danish)
        for name, english, danish in (
            ("auth.exchange", "Logged in through the product", "Loggede ind gennem produktet"),
            ("auth.refresh", "Session renewed", "Session fornyet"),
            ("auth.refresh_reused", "Old refresh token came back", "Gammelt fornyelsestoken kom igen"),
            ("auth.logout", "Logged out", "Loggede ud"),
            ("auth.refused", "Log-in or session refused", "Login eller session afvist"),
            ("access.denied", "Access denied", "Adgang nægtet"),
            ("partner.created", "Partner created", "Partner oprettet"),
            ("partner.restricted", "Partner restricted", "Partner begrænset"),
            ("partner.resumed", "Partner let back in", "Partner lukket ind igen"),
            ("settings.changed", "Settings changed", "Indstillinger ændret"),
            ("organization.created", "Organization created", "Organisation oprettet"),
            ("organization.changed", "Organization changed", "Organisation ændret"),
            ("organization.restricted", "Organization restricted", "Organisation begrænset"),
            ("organization.resumed", "Organization let back in", "Organisation lukket ind igen"),
            ("organization.erased", "Organization erased", "Organisation slettet"),
            ("user.created", "User added", "Bruger tilføjet"),
            ("user.changed", "User changed", "Bruger ændret"),
            ("user.restricted", "User restricted", "Bruger begrænset"),
            ("user.resumed", "User let back in", "Bruger lukket ind igen"),
            ("user.erased", "User erased", "Bruger slettet"),
            ("user.rectified_by_claims", "User updated by the product", "Bruger opdateret af produktet"),
            ("signing_key.created", "Signing key added", "Signeringsnøgle tilføjet"),
            ("signing_key.revoked", "Signing key revoked", "Signeringsnøgle tilbagekaldt"),
            ("signing_key.rotated", "Signing key replaced", "Signeringsnøgle udskiftet"),
            ("signing_key.refused", "Signing key refused", "Signeringsnøgle afvist"),
            ("key_set.created", "Key set added", "Nøglesæt tilføjet"),
            ("key_set.changed", "Key set changed", "Nøglesæt ændret"),
            ("key_set.unavailable", "Key set out of reach", "Nøglesæt kunne ikke hentes"),
            ("api_key.created", "API key created", "API-nøgle oprettet"),
            ("api_key.revoked", "API key revoked", "API-nøgle tilbagekaldt"),
            ("api_key.rotated", "API key replaced", "API-nøgle udskiftet"),
            ("api_key.refused", "API key refused", "API-nøgle afvist"),
            ("secret.created", "Secret stored", "Hemmelighed gemt"),
            ("secret.replaced", "Secret replaced", "Hemmelighed udskiftet"),
            ("secret.deleted", "Secret deleted", "Hemmelighed slettet"),
            ("secret.used", "Secret used by a tool", "Hemmelighed brugt af et værktøj"),
            ("secret.refused", "Secret refused to a tool", "Hemmelighed nægtet et værktøj"),
            ("secret.resealed", "Secret encrypted anew", "Hemmelighed krypteret på ny"),
            ("agent.created", "Agent created", "Agent oprettet"),
            ("agent.versioned", "Agent changed", "Agent ændret"),
            ("agent.retired", "Agent retired", "Agent taget ud af brug"),
            ("file.uploaded", "File uploaded", "Fil uploadet"),
            ("file.refused", "File refused", "Fil afvist"),
            ("file.deleted", "File deleted", "Fil slettet"),
            ("file.upload_begun", "File upload begun", "Filupload påbegyndt"),
            ("file.upload_abandoned", "File upload given up", "Filupload opgivet"),
            ("conversation.created", "Conversation begun", "Samtale påbegyndt"),
            ("conversation.deleted", "Conversation deleted", "Samtale slettet"),
            ("run.started", "Agent run started", "Agentkørsel startet"),
            ("run.finished", "Agent run ended", "Agentkørsel afsluttet"),
            ("run.cancelled", "Agent run cancelled", "Agentkørsel afbrudt"),
            ("run.tool_decided", "Tool call decided by policy", "Værktøjskald afgjort af politikken"),
            ("approval.requested", "Agent asked for approval", "Agent bad om godkendelse"),
            ("approval.decided", "Approval decided", "Godkendelse afgjort"),
            ("approval.expired", "Approval ran out of time", "Godkendelse udløb"),
            ("approval.spent", "Approved call carried out", "Godkendt kald udført"),
            ("approval.cancelled", "Approval withdrawn", "Godkendelse trukket tilbage"),
            ("key.created", "Encryption key made", "Krypteringsnøgle oprettet"),
            ("key.destroyed", "Encryption key destroyed", "Krypteringsnøgle destrueret"),
            ("key.rotation_asked", "Key rotation begun", "Nøglerotation påbegyndt"),
            ("key.rotated", "Encryption key replaced", "Krypteringsnøgle udskiftet"),
            ("key.resealed", "Data encrypted under the new key", "Data krypteret under den nye nøgle"),
            ("key.retired", "Old encryption key retired", "Gammel krypteringsnøgle taget ud af brug"),
            ("key.root_rotated", "Root key replaced", "Rodnøgle udskiftet"),
            ("record.refused", "Damaged record refused", "Beskadiget post afvist"),
            ("data.read", "Data read", "Data læst"),
            ("configuration.changed", "Configuration changed", "Konfiguration ændret"),
            ("database.login", "Privileged log-in to the database", "Privilegeret log-in til databasen"),
            ("command.run", "Operator ran a command", "Operatør kørte en kommando"),
            ("command.ended", "Operator's command ended", "Operatørens kommando sluttede"),
            ("audit.link_created", "Link to this log created", "Link til denne log oprettet"),
            ("audit.page_opened", "This log opened", "Denne log åbnet"),
            ("audit.page_closed", "This log closed", "Denne log lukket"),
            ("audit.exported", "This log exported", "Denne log eksporteret"),
            ("audit.recovered", "Log recovered after a restore", "Log genskabt efter en gendannelse"),
            ("audit.signer_rotated", "Key that signs logs replaced", "Nøglen, der underskriver logge, udskiftet"),
            (
                "audit.signer_replaced",
                "Lost key that signs logs replaced",
                "Mistet nøgle, der underskriver logge, erstattet",
            ),
            ("audit.resumed", "Stopped log goes on", "Standset log fortsætter"),
            ("store.claimed", "Object store taken over", "Objektlager overtaget"),
            ("audit.verified", "This log verified", "Denne log efterprøvet"),
            ("audit_stream.created", "Log stream created", "Logstrøm oprettet"),
            ("audit_stream.paused", "Log stream paused", "Logstrøm sat på pause"),
            ("audit_stream.resumed", "Log stream resumed", "Logstrøm genoptaget"),
            ("audit_stream.secret_rotated", "Log stream's secret replaced", "Logstrømmens hemmelighed udskiftet"),
            ("audit_stream.tested", "Log stream tested", "Logstrøm afprøvet"),
            ("audit_stream.deleted", "Log stream deleted", "Logstrøm slettet"),
            ("delivery.replayed", "Message sent again", "Besked sendt igen"),
            ("probe.failed", "Live check failed", "Løbende kontrol fejlede"),
            ("probe.recovered", "Live check passes again", "Løbende kontrol består igen"),
        )
    }
)

GROUPS: Final = MappingProxyType(
    {
        "auth": ("Log-in", "Log-in"),
        "access": ("Access", "Adgang"),
        "user": ("Users", "Brugere"),
        "organization": ("Organization", "Organisation"),
        "run": ("Agent runs", "Agentkørsler"),
        "approval": ("Approvals", "Godkendelser"),
        "agent": ("Agents", "Agenter"),
        "conversation": ("Conversations", "Samtaler"),
        "file": ("Files", "Filer"),
        "data": ("Reading", "Læsning"),
        "secret": ("Secrets", "Hemmeligheder"),
        "key": ("Encryption keys", "Krypteringsnøgler"),
        "record": ("Records", "Poster"),
        "audit": ("This log", "Denne log"),
        "audit_stream": ("Streams of this log", "Strømme af denne log"),
        "command": ("Operator", "Operatør"),
        "delivery": ("Messages", "Beskeder"),
        "configuration": ("Configuration", "Konfiguration"),
        "database": ("Database", "Database"),
    }
)
"""Groups of actions that an organization's log can hold, in the order of the filter; others are in a partner's log."""

ACTORS: Final = MappingProxyType(
    {
        "user": ("User", "Bruger"),
        "api_key": ("API key", "API-nøgle"),
        "partner": ("The product", "Produktet"),
        "operator": ("Operator", "Operatør"),
        "system": ("System", "System"),
        "staff": ("Staff", "Personale"),
        "database_role": ("Database role", "Databaserolle"),
        "unknown": ("Unknown", "Ukendt"),
    }
)

OUTCOMES: Final = MappingProxyType(
    {
        "success": ("Success", "Lykkedes"),
        "refused": ("Refused", "Afvist"),
        "failure": ("Failed", "Fejlede"),
    }
)

TARGETS: Final = MappingProxyType(
    {
        "agent": ("Agent", "Agent"),
        "api_key": ("API key", "API-nøgle"),
        "approval": ("Approval", "Godkendelse"),
        "audit_stream": ("Log stream", "Logstrøm"),
        "delivery": ("Message", "Besked"),
        "audit_visit": ("Visit of this page", "Besøg på denne side"),
        "conversation": ("Conversation", "Samtale"),
        "file": ("File", "Fil"),
        "key_owner": ("Owner of the key", "Nøglens ejer"),
        "key_set": ("Key set", "Nøglesæt"),
        "organization": ("Organization", "Organisation"),
        "partner": ("Partner", "Partner"),
        "record": ("Record", "Post"),
        "run": ("Agent run", "Agentkørsel"),
        "secret": ("Secret", "Hemmelighed"),
        "session": ("Session", "Session"),
        "signing_key": ("Signing key", "Signeringsnøgle"),
        "user": ("User", "Bruger"),
    }
)
