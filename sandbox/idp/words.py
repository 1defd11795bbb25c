"""Every word of the pages, in Japanese and English."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Words:
    ja: str
    en: str

    def in_language(self, language: str) -> str:
        return self.en if language == "en" else self.ja


TEXTS: Final = {
    "company": Words("Example 株式会社 SSO", "Example K.K. SSO"),
    "sandbox": Words("サンドボックス", "Sandbox"),
    "not_real": Words(
        "動作確認のためのサインイン画面です。会社も利用者も架空で、パスワードはありません。",
        "A sign-in page for trying things out. The company and its people are invented; there are no passwords.",
    ),
    "sign_in": Words("サインイン", "Sign in"),
    "to_service": Words("移動先", "You are going to"),
    "choose": Words("サインインする人を選んでください。", "Choose who signs in."),
    "people": Words("利用者", "People"),
    "somebody_else": Words("一覧にない人", "Somebody else"),
    "name_id": Words("メールアドレス（NameID）", "E-mail address (NameID)"),
    "name": Words("氏名", "Name"),
    "groups": Words("グループ", "Groups"),
    "other_groups": Words("その他のグループID（空白区切り）", "Other group ids, separated by spaces"),
    "cases": Words("異常系の応答", "Error cases"),
    "cases_intro": Words(
        "選ぶと、その応答をポータルへ送信します。右側は、ポータルの正しい動作です。",
        "Choosing one sends it to the portal. On the right is what the portal must do.",
    ),
    "as_person": Words("サインインする人", "Who signs in"),
    "accept": Words("サインインできる", "Let in"),
    "refuse": Words("拒否する", "Refused"),
    "once": Words("1回目だけサインインできる", "Let in once"),
    "group_good": Words("受け入れるべき応答", "To be let in"),
    "group_time": Words("有効期間", "Times"),
    "group_address": Words("宛先と発行者", "Addresses and issuers"),
    "group_request": Words("要求との対応、再送", "Requests and replays"),
    "group_person": Words("利用者と属性", "People and attributes"),
    "group_signature": Words("署名", "Signatures"),
    "group_wrapping": Words("署名の付け替え（XSW）", "Signature wrapping (XSW)"),
    "group_document": Words("文書の形式", "Documents"),
    "going": Words("ポータルへ移動しています", "Taking you to the portal"),
    "going_intro": Words(
        "自動で切り替わらないときは、下のボタンを押してください。",
        "If nothing happens, press the button below.",
    ),
    "continue": Words("続ける", "Continue"),
    "twice": Words("同じ応答を2回送信します", "The same response, twice"),
    "twice_intro": Words(
        "ボタンを2回押してください。押すたびに新しいタブが開きます。1回目はサインインでき、2回目は拒否されるのが正しい動作です。",
        "Press the button twice. Each time a new tab opens. The first must be let in, the second refused.",
    ),
    "send": Words("送信", "Send"),
    "signed_out": Words("サインアウトしました", "You are signed out"),
    "signed_out_intro": Words("この画面は閉じてかまいません。", "You can close this page."),
    "manage": Words("証明書と停止", "Certificates and outages"),
    "manage_intro": Words(
        "ポータルの管理者に見せたい出来事を、ここで起こせます。変更はすぐにメタデータへ反映されます。",
        "What can happen to an identity provider, made to happen here. The metadata follows at once.",
    ),
    "metadata": Words("メタデータ", "Metadata"),
    "entity_id": Words("エンティティID", "Entity ID"),
    "certificates": Words("公開中の証明書", "Published certificates"),
    "fingerprint": Words("フィンガープリント（SHA-256）", "Fingerprint (SHA-256)"),
    "expires": Words("有効期限", "Expires"),
    "signs": Words("署名に使用中", "Signs now"),
    "published": Words("公開のみ", "Published only"),
    "rollover": Words("証明書の更新", "Certificate rollover"),
    "publish": Words("2つ目の証明書を公開", "Publish a second certificate"),
    "sign": Words("新しい証明書で署名", "Sign with the new one"),
    "drop": Words("古い証明書を削除", "Drop the old one"),
    "outages": Words("停止", "Outages"),
    "metadata_part": Words("メタデータの取得", "Metadata"),
    "sso_part": Words("サインイン", "Sign-in"),
    "up": Words("稼働中", "Running"),
    "down": Words("停止中（503を返す）", "Down (answers 503)"),
    "stop_metadata": Words("メタデータを停止", "Stop the metadata"),
    "start_metadata": Words("メタデータを再開", "Start the metadata"),
    "stop_sso": Words("サインインを停止", "Stop sign-in"),
    "start_sso": Words("サインインを再開", "Start sign-in"),
    "unavailable": Words("現在利用できません", "Not available at the moment"),
    "unavailable_intro": Words(
        "SSOは停止しています。しばらくしてからもう一度お試しください。",
        "The SSO is down. Try again in a while.",
    ),
    "refused": Words("この要求には応答できません", "This request can't be answered"),
}
# Why a request is refused: keys are RefusedRequest's reasons.
REFUSALS: Final = {
    "nothing_asked": Words(
        "この画面は、ポータルのサインインから開いてください。",
        "Open this page by signing in at the portal.",
    ),
    "not_encoded": Words(
        "SAMLの要求をデコードできません。Base64と圧縮の形式を確認してください。",
        "The SAML request can't be decoded: check base64 and compression.",
    ),
    "too_large": Words("SAMLの要求が大きすぎます。", "The SAML request is too large."),
    "document_type": Words(
        "DOCTYPE宣言のある要求、UTF-8でない要求は受け付けません。",
        "Requests with a document type, or not in UTF-8, are refused.",
    ),
    "not_xml": Words("SAMLの要求がXMLではありません。", "The SAML request is not XML."),
    "not_authn_request": Words("AuthnRequestではありません。", "This is not an AuthnRequest."),
    "not_logout_request": Words("LogoutRequestではありません。", "This is not a LogoutRequest."),
    "no_id": Words("要求にIDがありません。", "The request has no ID."),
    "no_issuer": Words("要求に発行者（Issuer）がありません。", "The request has no Issuer."),
    "foreign_acs": Words(
        "サンドボックスは、このコンピューター（localhost）以外には応答を送信しません。",
        "The sandbox sends answers to this computer (localhost) only.",
    ),
    "no_service_metadata": Words(
        "ログアウトの送信先が分かりません。ポータルのメタデータを取得できません。",
        "Where to send the logout is unknown: the portal's metadata can't be read.",
    ),
    "no_logout_service": Words(
        "ポータルのメタデータにSingleLogoutServiceがありません。",
        "The portal's metadata has no SingleLogoutService.",
    ),
    "unknown_person": Words("この人は登録されていません。", "There is no such person."),
    "no_name_id": Words("メールアドレスを入力してください。", "Enter an e-mail address."),
    "unknown_case": Words("この応答は用意されていません。", "There is no such case."),
    "out_of_turn": Words(
        "この手順は、いまは実行できません。証明書の状態を確認してください。",
        "This step can't be taken now. Look at the certificates.",
    ),
    "not_found": Words("ページが見つかりません。", "There is no such page."),
    "wrong_method": Words("この方法では呼び出せません。", "This can't be called that way."),
}
# What sandbox.company says about its people.
WHAT: Final = {
    "employee": Words("社員", "Employee"),
    "employee, engineer": Words("社員、エンジニア", "Employee, engineer"),
    "helpdesk": Words("ヘルプデスク", "Helpdesk"),
    "auditor": Words("監査担当", "Auditor"),
    "admin": Words("管理者", "Administrator"),
    "no group: is turned away": Words("グループなし（利用不可）", "No group: is turned away"),
}
