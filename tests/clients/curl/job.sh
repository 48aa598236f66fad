# SPDX-License-Identifier: MIT
# Goes on where the curl example of the README ends: with its ask(), its $uri, $transfer and $job. Tells its steps on
# descriptor 3 (tests/clients/README.md).
enumeration=http://schemas.xmlsoap.org/ws/2004/09/enumeration
identify='<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Header/><s:Body><i:Identify
 xmlns:i="http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd"/></s:Body></s:Envelope>'

value() { sed -n "s|.*<\(\w*\):$1\( [^>]*\)\?>\([^<]*\)</\1:$1>.*|\3|p"; }
tell() { printf "{\"step\": \"$1\", $2}\n" "${@:3}" >&3; }

answer=$(curl --silent --show-error --fail-with-body --user "$2:$CLIENT_PASSWORD" --data-binary "$identify" \
    --header 'Content-Type: application/soap+xml;charset=UTF-8' "$1")
tell identify '"vendor": "%s"' "$(value ProductVendor <<<"$answer")"
tell create '"job": "%s"' "$job"
answer=$(ask $transfer/Get '' "$job")
tell get '"name": "%s", "job": "%s"' "$(value DisplayName <<<"$answer")" "$(value JobId <<<"$answer")"
document=$(sed 's|.*<s:Body>\(.*\)</s:Body>.*|\1|; s|<p:Priority>[^<]*<|<p:Priority>0<|' <<<"$answer")
answer=$(ask $transfer/Put "$document" "$job")
tell put '"priority": "%s", "name": "%s"' "$(value Priority <<<"$answer")" "$(value DisplayName <<<"$answer")"

answer=$(ask $enumeration/Enumerate "<n:Enumerate xmlns:n='$enumeration'/>")
context=$(value EnumerationContext <<<"$answer") jobs= pulls=0
while [[ $context ]]; do
	answer=$(ask $enumeration/Pull "<n:Pull xmlns:n='$enumeration'><n:EnumerationContext>$context</n:EnumerationContext>
	    <n:MaxElements>2</n:MaxElements></n:Pull>")
	context=$(value EnumerationContext <<<"$answer") pulls=$((pulls + 1))
	while read -r item; do
		jobs+="${jobs:+, }\"$(value JobId <<<"$item")\": \"$(value Priority <<<"$item")\""
	done < <(grep -o '<p:BitsClientJob .*' <<<"${answer//<\/p:BitsClientJob>/$'\n'}")
done
tell enumerate '"jobs": {%s}, "pulls": %d' "$jobs" "$pulls"

for _ in {1..200}; do
	[[ $(ask $transfer/Get '' "$job" | value State) != 6 ]] || break
	sleep 0.1
done
answer=$(ask $uri/SetJobState "<p:SetJobState_INPUT xmlns:p='$uri'><p:JobState>1</p:JobState></p:SetJobState_INPUT>" "$job")
tell invoke '"result": "%s"' "$(value ReturnValue <<<"$answer")"
status=0
answer=$(ask $transfer/Get '' "$job" 2>/dev/null) || status=$?
tell fault '"text": "%s", "status": %d' "$(value Text <<<"$answer")" "$status"
