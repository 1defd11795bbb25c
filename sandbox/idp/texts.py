"""Every word of the pages, in Japanese and English."""

from typing import Final

from sandbox.bilingual import BilingualText

TEXTS: Final = {
    "company": BilingualText("Example 株式会社 SSO", "Example K.K. SSO"),
    "sandbox": BilingualText("サンドボックス", "Sandbox"),
    "not_real": BilingualText(
        "動作確認のためのサインイン画面です。会社も利用者も架空で、パスワードはありません。",
        "A sign-in page for trying things out. The company and its people are invented; there are no passwords.",
    ),
    "sign_in": BilingualText("サインイン", "Sign in"),
    "to_service": BilingualText("移動先", "You are going to"),
    "choose": BilingualText("サインインする人を選んでください。", "Choose who signs in."),
    "people": BilingualText("利用者", "People"),
    "somebody_else": BilingualText("一覧にない人", "Somebody else"),
    "name_id": BilingualText("メールアドレス（NameID）", "E-mail address (NameID)"),
    "name": BilingualText("氏名", "Name"),
    "groups": BilingualText("グループ", "Groups"),
    "other_groups": BilingualText("その他のグループID（空白区切り）", "Other group ids, separated by spaces"),
    "cases": BilingualText("異常系の応答", "Error cases"),
    "cases_intro": BilingualText(
        "選ぶと、その応答をポータルへ送信します。右側は、ポータルの正しい動作です。",
        "Choosing one sends it to the portal. On the right is what the portal must do.",
    ),
    "as_person": BilingualText("サインインする人", "Who signs in"),
    "accept": BilingualText("サインインできる", "Let in"),
    "refuse": BilingualText("拒否する", "Refused"),
    "once": BilingualText("1回目だけサインインできる", "Let in once"),
    "group_good": BilingualText("受け入れるべき応答", "To be let in"),
    "group_time": BilingualText("有効期間", "Times"),
    "group_address": BilingualText("宛先と発行者", "Addresses and issuers"),
    "group_request": BilingualText("要求との対応、再送", "Requests and replays"),
    "group_person": BilingualText("利用者と属性", "People and attributes"),
    "group_signature": BilingualText("署名", "Signatures"),
    "group_wrapping": BilingualText("署名の付け替え（XSW）", "Signature wrapping (XSW)"),
    "group_document": BilingualText("文書の形式", "Documents"),
    "going": BilingualText("ポータルへ移動しています", "Taking you to the portal"),
    "going_intro": BilingualText(
        "自動で切り替わらないときは、下のボタンを押してください。",
        "If nothing happens, press the button below.",
    ),
    "continue": BilingualText("続ける", "Continue"),
    "twice": BilingualText("同じ応答を2回送信します", "The same response, twice"),
    "twice_intro": BilingualText(
        "ボタンを2回押してください。押すたびに新しいタブが開きます。1回目はサインインでき、2回目は拒否されるのが正しい動作です。",
        "Press the button twice. Each time a new tab opens. The first must be let in, the second refused.",
    ),
    "send": BilingualText("送信", "Send"),
    "signed_out": BilingualText("サインアウトしました", "You are signed out"),
    "signed_out_intro": BilingualText("この画面は閉じてかまいません。", "You can close this page."),
    "manage": BilingualText("証明書と停止", "Certificates and outages"),
    "manage_intro": BilingualText(
        "ポータルの管理者に見せたい出来事を、ここで起こせます。変更はすぐにメタデータへ反映されます。",
        "What can happen to an identity provider, made to happen here. The metadata follows at once.",
    ),
    "metadata": BilingualText("メタデータ", "Metadata"),
    "entity_id": BilingualText("エンティティID", "Entity ID"),
    "certificates": BilingualText("公開中の証明書", "Published certificates"),
    "fingerprint": BilingualText("フィンガープリント（SHA-256）", "Fingerprint (SHA-256)"),
    "expires": BilingualText("有効期限", "Expires"),
    "signs": BilingualText("署名に使用中", "Signs now"),
    "published": BilingualText("公開のみ", "Published only"),
    "rollover": BilingualText("証明書の更新", "Certificate rollover"),
    "publish": BilingualText("2つ目の証明書を公開", "Publish a second certificate"),
    "sign": BilingualText("新しい証明書で署名", "Sign with the new one"),
    "drop": BilingualText("古い証明書を削除", "Drop the old one"),
    "outages": BilingualText("停止", "Outages"),
    "metadata_part": BilingualText("メタデータの取得", "Metadata"),
    "sso_part": BilingualText("サインイン", "Sign-in"),
    "up": BilingualText("稼働中", "Running"),
    "down": BilingualText("停止中（503を返す）", "Down (answers 503)"),
    "stop_metadata": BilingualText("メタデータを停止", "Stop the metadata"),
    "start_metadata": BilingualText("メタデータを再開", "Start the metadata"),
    "stop_sso": BilingualText("サインインを停止", "Stop sign-in"),
    "start_sso": BilingualText("サインインを再開", "Start sign-in"),
    "unavailable": BilingualText("現在利用できません", "Not available at the moment"),
    "unavailable_intro": BilingualText(
        "SSOは停止しています。しばらくしてからもう一度お試しください。",
        "The SSO is down. Try again in a while.",
    ),
    "refused": BilingualText("この要求には応答できません", "This request can't be answered"),
}
# Why a request is refused: keys are RefusedRequest's reasons.
REFUSALS: Final = {
    "nothing_asked": BilingualText(
        "この画面は、ポータルのサインインから開いてください。",
        "Open this page by signing in at the portal.",
    ),
    "not_encoded": BilingualText(
        "SAMLの要求をデコードできません。Base64と圧縮の形式を確認してください。",
        "The SAML request can't be decoded: check base64 and compression.",
    ),
    "too_large": BilingualText("SAMLの要求が大きすぎます。", "The SAML request is too large."),
    "document_type": BilingualText(
        "DOCTYPE宣言のある要求、UTF-8でない要求は受け付けません。",
        "Requests with a document type, or not in UTF-8, are refused.",
    ),
    "not_xml": BilingualText("SAMLの要求がXMLではありません。", "The SAML request is not XML."),
    "not_authn_request": BilingualText("AuthnRequestではありません。", "This is not an AuthnRequest."),
    "not_logout_request": BilingualText("LogoutRequestではありません。", "This is not a LogoutRequest."),
    "no_id": BilingualText("要求にIDがありません。", "The request has no ID."),
    "no_issuer": BilingualText("要求に発行者（Issuer）がありません。", "The request has no Issuer."),
    "foreign_acs": BilingualText(
        "サンドボックスは、このコンピューター（localhost）以外には応答を送信しません。",
        "The sandbox sends answers to this computer (localhost) only.",
    ),
    "no_service_metadata": BilingualText(
        "ログアウトの送信先が分かりません。ポータルのメタデータを取得できません。",
        "Where to send the logout is unknown: the portal's metadata can't be read.",
    ),
    "no_logout_service": BilingualText(
        "ポータルのメタデータにSingleLogoutServiceがありません。",
        "The portal's metadata has no SingleLogoutService.",
    ),
    "unknown_person": BilingualText("この人は登録されていません。", "There is no such person."),
    "no_name_id": BilingualText("メールアドレスを入力してください。", "Enter an e-mail address."),
    "unknown_case": BilingualText("この応答は用意されていません。", "There is no such case."),
    "out_of_turn": BilingualText(
        "この手順は、いまは実行できません。証明書の状態を確認してください。",
        "This step can't be taken now. Look at the certificates.",
    ),
    "not_found": BilingualText("ページが見つかりません。", "There is no such page."),
    "wrong_method": BilingualText("この方法では呼び出せません。", "This can't be called that way."),
}
# What sandbox.company says about its people.
WHAT: Final = {
    "employee": BilingualText("社員", "Employee"),
    "employee, engineer": BilingualText("社員、エンジニア", "Employee, engineer"),
    "helpdesk": BilingualText("ヘルプデスク", "Helpdesk"),
    "auditor": BilingualText("監査担当", "Auditor"),
    "admin": BilingualText("管理者", "Administrator"),
    "no group: is turned away": BilingualText("グループなし（利用不可）", "No group: is turned away"),
}
