"""What the sandbox's own pages say, in both languages."""

from typing import Final

JA: Final = {
    "sandbox": "サンドボックス",
    "portal": "ポータルを開く",
    "index": "サンドボックスの案内",
    "network": "ネットワーク",
    "identity_provider": "IDプロバイダー",
    "aws": "AWS（接続の一覧、JSON）",
    "real": "このページは本物のポータルにはありません。会社も人もアドレスも架空のものです。",
    "index_lead": "このコンピューターの中だけで動く、架空の会社です。AWSにもインターネットにも接続しません。",
    "network_what": "ブラウザーがどのネットワークから来たことにするかを選びます。VPNの接続と切断もここで行います。",
    "identity_provider_what": "ログインの相手です。パスワードはなく、誰としてログインするかを選びます。",
    "aws_what": "Client VPNを真似るAWSです。いまつながっている端末の一覧を、生のデータで返します。",
    "portal_what": "Genkanのポータルです。",
    "network_title": "どこからアクセスしますか",
    "network_lead": (
        "選ぶと、次の操作からポータルにはそのネットワークのアドレスが見えます。"
        "このデモを開いているすべてのブラウザーに効きます。"
    ),
    "here": "いまのネットワーク",
    "seen": "ポータルから見えるアドレス",
    "client_ip": "VPN内IP",
    "connected_as": "接続中の利用者",
    "delay": "接続したことをポータルが知るのは、AWSを次に読み取るとき（約10秒後）です。",
    "choices": "ネットワークの選択",
    "place": "ネットワーク",
    "address": "アドレス",
    "verdict": "接続確認での見え方",
    "person": "VPNに接続する人",
    "move": "このネットワークに移る",
    "check": "接続確認を開く",
    "bad_choice": "選択を受け付けられませんでした。もう一度選んでください。",
    "no_connection": "VPNに接続できませんでした。自宅のネットワークに戻しました。理由: {reason}",
    "faults": "障害",
    "faults_what": "AWSやIDプロバイダー、回線を壊して、ポータルがどう振る舞うかを確かめます。",
    "faults_title": "壊して確かめる",
    "faults_lead": (
        "ボタンを押すと、架空の世界の一部がすぐに壊れます。ポータルがそれを知るのは、"
        "AWSを次に読み取るとき（約10秒後）です。"
    ),
    "broken_now": "いま壊れているもの",
    "nothing_broken": "何も壊れていません。",
    "first_counts": "同じ呼び出しに当てはまるものがいくつもあるときは、先に壊したものが効きます。",
    "by_somebody": "制御APIで加えられた障害",
    "mend": "元に戻す",
    "person_title": "一人の状況",
    "person_lead": "選んだ人の接続を切り、選んだ状況にします。ヘルプデスクの診断で確かめられます。",
    "person_who": "誰が",
    "person_state": "どうした",
    "person_do": "この状況にする",
    "mend_everything": "すべて元に戻す",
    "break": "壊す",
    "is_broken": "壊れています",
    "see": "ポータルで見る",
    "who_sees": "エンドポイントのページを見られるのは、佐藤 健（ヘルプデスク）と高橋 翔（管理者）です。",
    "rollover": "署名の証明書の切り替えは、IDプロバイダーのページで1段階ずつ試せます。",
    "cannot_ask": "いま何が壊れているかを確かめられませんでした。理由: {reason}",
    "not_done": "操作できませんでした。AWSを壊しているときは、先にそれを元に戻してください。理由: {reason}",
    "missing_title": "ページが見つかりません",
    "missing_lead": "サンドボックスには、このアドレスのページはありません。",
    "unreachable_title": "ポータルはまだ応答していません",
    "unreachable_lead": (
        "起動には数秒かかります。このページは自動で更新されます。"
        "続く場合は、make demoを実行した画面を確認してください。"
    ),
}
EN: Final = {
    "sandbox": "Sandbox",
    "portal": "Open the portal",
    "index": "About the sandbox",
    "network": "Network",
    "identity_provider": "Identity provider",
    "aws": "AWS (list of connections, JSON)",
    "real": "The real portal has no such page. The company, its people and the addresses are invented.",
    "index_lead": "An invented company that lives on this computer only. It talks to neither AWS nor the internet.",
    "network_what": "Choose which network the browser seems to come from. The VPN is switched here too.",
    "identity_provider_what": "Where people sign in. There are no passwords: you choose who to be.",
    "aws_what": "An AWS that plays Client VPN. It lists the devices that are connected now, as raw data.",
    "portal_what": "Genkan's portal.",
    "network_title": "Where do you come from?",
    "network_lead": (
        "From your next step on, the portal sees that network's address. The choice holds for every browser that"
        " uses this demo."
    ),
    "here": "Network now",
    "seen": "Address that the portal sees",
    "client_ip": "VPN address",
    "connected_as": "Connected person",
    "delay": "The portal hears of the connection when it reads AWS next, in about 10 seconds.",
    "choices": "Choice of networks",
    "place": "Network",
    "address": "Address",
    "verdict": "What the connection check says",
    "person": "Who connects to the VPN",
    "move": "Move to this network",
    "check": "Open the connection check",
    "bad_choice": "That choice was not accepted. Choose again.",
    "no_connection": "The VPN could not be connected; you are back at home. Reason: {reason}",
    "faults": "Faults",
    "faults_what": "Break AWS, the identity provider or a line, and watch what the portal does about it.",
    "faults_title": "Break things and watch",
    "faults_lead": (
        "A button breaks a part of the invented world at once. The portal hears of it when it reads AWS next, in about"
        " 10 seconds."
    ),
    "broken_now": "Broken now",
    "nothing_broken": "Nothing is broken.",
    "first_counts": "Where several apply to the same call, the one that was broken first counts.",
    "by_somebody": "A fault added by the control API",
    "mend": "Mend",
    "person_title": "One person's trouble",
    "person_lead": "Ends the person's connections and makes this happen. See it in the helpdesk's diagnosis.",
    "person_who": "Who",
    "person_state": "What happens",
    "person_do": "Make it happen",
    "mend_everything": "Mend everything",
    "break": "Break",
    "is_broken": "Broken now",
    "see": "See it in the portal",
    "who_sees": "The pages about endpoints are for 佐藤 健 (helpdesk) and 高橋 翔 (administrator).",
    "rollover": "To change the certificate that signs, step by step, go to the identity provider's own page.",
    "cannot_ask": "What is broken now can't be told. Reason: {reason}",
    "not_done": "That could not be done. While AWS is broken, mend it first. Reason: {reason}",
    "missing_title": "We can't find that page",
    "missing_lead": "The sandbox has no page at this address.",
    "unreachable_title": "The portal doesn't answer yet",
    "unreachable_lead": (
        "It takes a few seconds to start. This page reloads by itself. If it stays, look at the terminal that runs"
        " make demo."
    ),
}
WORDS: Final = {"ja": JA, "en": EN}
