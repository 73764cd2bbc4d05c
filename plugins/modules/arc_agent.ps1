#!powershell
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# The Windows counterpart of arc_agent.py: same options, same results; documented there. Never run on Windows so far.

#AnsibleRequires -CSharpUtil Ansible.Basic

Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'

$spec = @{
    options = @{
        state = @{ type = 'str'; choices = 'connected', 'disconnected', 'prepared'; default = 'connected' }
        cloud = @{ type = 'str'; choices = 'AzureCloud', 'AzureUSGovernment', 'AzureChinaCloud'; default = 'AzureCloud' }
        tenant_id = @{ type = 'str' }
        subscription_id = @{ type = 'str' }
        access_token = @{ type = 'str'; no_log = $true }
        resource_group = @{ type = 'str' }
        location = @{ type = 'str' }
        resource_name = @{ type = 'str' }
        tags = @{ type = 'dict' }
        agent_version = @{ type = 'str' }
        automatic_upgrade = @{ type = 'bool' }
        private_link_scope = @{ type = 'str' }
        gateway_id = @{ type = 'str' }
        correlation_id = @{ type = 'str' }
        ignore_network_check = @{ type = 'bool'; default = $false }
        vm_id = @{ type = 'str' }
        azure_machine = @{ type = 'dict' }
        wait_timeout = @{ type = 'int'; default = 300 }
        proxy_url = @{ type = 'str' }
        proxy_bypass = @{ type = 'list'; elements = 'str'; choices = 'AAD', 'ARM', 'AMA', 'Arc', 'ArcData' }
        connection_type = @{ type = 'str'; choices = 'default', 'direct', 'gateway' }
        config_mode = @{ type = 'str'; choices = 'full', 'monitor' }
        incoming_connections = @{ type = 'bool' }
        incoming_ports = @{ type = 'list'; elements = 'int' }
        extensions_enabled = @{ type = 'bool' }
        extensions_allowlist = @{ type = 'list'; elements = 'str' }
        extensions_blocklist = @{ type = 'list'; elements = 'str' }
        guest_configuration_enabled = @{ type = 'bool' }
        replace_stale = @{ type = 'bool'; default = $false }
        allow_move = @{ type = 'bool'; default = $false }
        reset_clone = @{ type = 'bool'; default = $false }
        new_hardware = @{ type = 'bool'; default = $false }
        allow_azure_vm = @{ type = 'bool'; default = $false }
    }
    supports_check_mode = $true
}
$module = [Ansible.Basic.AnsibleModule]::Create($args, $spec)
$params = $module.Params

$agentPath = Join-Path $env:ProgramW6432 'AzureConnectedMachineAgent\azcmagent.exe'
$begunFile = Join-Path $env:ProgramData 'hybridcloud-arc\connecting.json'
$services = 'himds', 'arcproxy', 'ExtensionService', 'GCArcService'
$secretFolder = Join-Path $env:SystemRoot 'Temp\hybridcloud-arc'
# In the order in which they are written: what lets extensions in comes last.
$properties = [ordered]@{
    incoming_ports = 'incomingconnections.ports'
    proxy_bypass = 'proxy.bypass'
    extensions_allowlist = 'extensions.allowlist'
    extensions_blocklist = 'extensions.blocklist'
    proxy_url = 'proxy.url'
    connection_type = 'connection.type'
    config_mode = 'config.mode'
    incoming_connections = 'incomingconnections.enabled'
    extensions_enabled = 'extensions.enabled'
    guest_configuration_enabled = 'guestconfiguration.enabled'
}
$lists = 'incoming_ports', 'proxy_bypass', 'extensions_allowlist', 'extensions_blocklist'
# Codes after which Azure may keep a machine, and codes after which the same command may work a second time.
$leftover = 42, 62, 76, 81, 82
$again = 2, 4, 6, 45, 61, 64, 65, 66, 70, 83, 105
$stale = 'disconnected', 'expired'
$awaiting = 'awaitingconnection'

$module.Result.changes = @()
$module.Result.situation = ''
$module.Result.verdict = ''
$module.Result.steps = @()
$module.Result.agent = $null
$module.Result.public_key = $null

function Get-FirstObject {
    param([string] $Text)
    $start = $Text.IndexOf('{')
    while ($start -ge 0) {
        $end = $Text.LastIndexOf('}')
        while ($end -gt $start) {
            try {
                return ($Text.Substring($start, $end - $start + 1) | ConvertFrom-Json)
            }
            catch {
                $end = $Text.LastIndexOf('}', $end - 1)
            }
        }
        $start = $Text.IndexOf('{', $start + 1)
    }
    return $null
}

function Get-Text {
    param($Object, [string] $Name)
    if ($null -ne $Object -and $Object.PSObject.Properties[$Name]) {
        return [string] $Object.$Name
    }
    return ''
}

function Invoke-Azcmagent {
    param([string[]] $Arguments)
    $ErrorActionPreference = 'Continue'
    $output = (& $agentPath @Arguments 2>&1 | Out-String)
    $code = $LASTEXITCODE
    if ($code -ne 0 -and $again -contains $code) {
        $output = (& $agentPath @Arguments 2>&1 | Out-String)
        $code = $LASTEXITCODE
    }
    if ($code -ne 0) {
        $said = Get-FirstObject -Text $output
        $message = ''
        if ($said -and $said.PSObject.Properties['error']) {
            $message = Get-Text -Object $said.error -Name 'message'
        }
        if ($params.access_token) {
            $message = $message.Replace($params.access_token, '********')
        }
        $module.Result.agent_code = 'AZCM{0:d4}' -f $code
        $module.Result.leftover = ($leftover -contains $code)
        $words = "$($Arguments[0]) failed ($($module.Result.agent_code))"
        $module.FailJson("azcmagent $words; see its log, %ProgramData%\AzureConnectedMachineAgent\Log\azcmagent.log; $message")
    }
    return $output
}

function Test-AzureVirtualMachine {
    try {
        $request = [System.Net.WebRequest]::Create('http://169.254.169.254/metadata/instance/compute?api-version=2019-06-01')
        $request.Headers.Add('Metadata', 'true')
        $request.Proxy = $null
        $request.Timeout = 2000
        $reader = New-Object System.IO.StreamReader($request.GetResponse().GetResponseStream())
        $found = $reader.ReadToEnd() | ConvertFrom-Json
        return [bool] ((Get-Text -Object $found -Name 'azEnvironment') -or (Get-Text -Object $found -Name 'vmId'))
    }
    catch {
        return $false
    }
}

function Get-Shown {
    if (-not (Test-Path $agentPath)) {
        return $null
    }
    $shown = Get-FirstObject -Text (Invoke-Azcmagent -Arguments 'show', '-j', '--log-stderr')
    if ($null -eq $shown) {
        $module.FailJson('azcmagent answered without JSON; its version may be too old')
    }
    return $shown
}

function Get-Setting {
    param([string] $Option)
    $output = Invoke-Azcmagent -Arguments 'config', 'get', $properties[$Option]
    $lines = @($output -split "`r?`n" | ForEach-Object { $_.Trim() } |
            Where-Object { $_ -and $_ -notmatch '^(INFO|DEBUG|WARN\w*|ERROR)\b' })
    $text = ''
    if ($lines.Count -gt 0) {
        $text = $lines[-1]
    }
    if ($lists -contains $Option) {
        if ($text -match '^\[(.*)\]$') {
            $text = $Matches[1]
        }
        elseif ($text -match ' ') {
            $text = ''
        }
        return (@($text -split '[,\s"'']+' | Where-Object { $_ } | Sort-Object) -join ',')
    }
    if ($text -match ' ') {
        return ''
    }
    return $text
}

function Get-Wanted {
    param([string] $Option)
    $value = $params[$Option]
    if ($lists -contains $Option) {
        return (@($value | ForEach-Object { [string] $_ } | Sort-Object) -join ',')
    }
    if ($value -is [bool]) {
        return $value.ToString().ToLowerInvariant()
    }
    return [string] $value
}

function Set-Setting {
    param([string] $Option, [string] $Value)
    if ($Value) {
        $null = Invoke-Azcmagent -Arguments 'config', 'set', $properties[$Option], $Value
    }
    else {
        $null = Invoke-Azcmagent -Arguments 'config', 'clear', $properties[$Option]
    }
}

function Get-SwappedUuid {
    param([string] $Uuid)
    $groups = $Uuid.ToLowerInvariant() -split '-'
    $turned = @()
    for ($at = 0; $at -lt $groups.Count; $at++) {
        if ($at -lt 3) {
            $pairs = @([regex]::Matches($groups[$at], '..') | ForEach-Object { $_.Value })
            [array]::Reverse($pairs)
            $turned += ($pairs -join '')
        }
        else {
            $turned += $groups[$at]
        }
    }
    return ($turned -join '-')
}

function New-Verdict {
    param([string] $Situation, [string] $Sentence, [string[]] $Steps = @(), [switch] $Refused)
    return @{ situation = $Situation; sentence = $Sentence; steps = $Steps; refused = [bool] $Refused }
}

function Get-Verdict {
    param($Shown, [string] $Wanted, $Azure, [string] $Begun)
    $installed = $null -ne $Shown
    $current = Get-Text -Object $Shown -Name 'resourceId'
    $asked = $null -ne $Azure
    $found = $asked -and $Azure.Contains('id') -and $Azure['id']
    $there = ''
    if ($found) {
        $there = [string] $Azure['status']
    }
    $low = $there.ToLowerInvariant()
    if (-not $params.allow_azure_vm -and (Test-AzureVirtualMachine)) {
        return New-Verdict -Situation 'azure_vm' -Sentence 'the server is a virtual machine in Azure' -Refused
    }
    if (-not $current) {
        $before = @()
        $word = 'never_connected'
        $said = 'the agent is installed and was never connected'
        if (-not $installed) {
            $before = @('install')
            $word = 'absent'
            $said = 'the agent is not installed'
        }
        if (-not $found -or ($params.vm_id -and $Azure['vm_id'] -eq $params.vm_id)) {
            return New-Verdict -Situation $word -Sentence $said -Steps ($before + 'connect')
        }
        if ($low -eq $awaiting -and $Begun -eq $Wanted) {
            $said = 'a connect was begun here and never ended; its half-made machine is replaced'
            return New-Verdict -Situation 'half_created' -Sentence $said -Steps ($before + 'remove_machine' + 'connect')
        }
        if (($stale -contains $low -or $low -eq $awaiting) -and $params.replace_stale) {
            $said = "$said, and a machine of the wanted name is $there in Azure; it is replaced"
            return New-Verdict -Situation 'name_taken' -Sentence $said -Steps ($before + 'remove_machine' + 'connect')
        }
        $said = "$said, and the wanted name belongs to a machine that is $there in Azure; choose another resource_name"
        return New-Verdict -Situation 'name_taken' -Sentence $said -Refused
    }
    if ($current -ne $Wanted) {
        if ($params.reset_clone -and -not $found) {
            $said = "the server is a copy; its agent forgets $current and connects as $Wanted"
            return New-Verdict -Situation 'clone' -Sentence $said -Steps 'reset', 'connect'
        }
        if (-not $params.allow_move) {
            $said = "the agent is connected as $current, not as $Wanted; allow_move lets it leave that place"
            return New-Verdict -Situation 'elsewhere' -Sentence $said -Refused
        }
        $replaceable = $params.replace_stale -and ($stale -contains $low -or $low -eq $awaiting)
        if ($found -and -not $replaceable) {
            $said = "the wanted name belongs to a machine that is $there in Azure; choose another"
            return New-Verdict -Situation 'name_taken' -Sentence $said -Refused
        }
        $steps = @('reset', 'connect')
        if ($found) {
            $steps = @('remove_machine') + $steps
        }
        return New-Verdict -Situation 'elsewhere' -Sentence "the agent leaves $current and connects as $Wanted" -Steps $steps
    }
    if ($asked -and -not $found) {
        $said = 'the machine was removed in Azure; the agent connects again'
        return New-Verdict -Situation 'orphan' -Sentence $said -Steps 'reset', 'connect'
    }
    $vmId = Get-Text -Object $Shown -Name 'vmId'
    if ($found -and $vmId -and $Azure['vm_id'] -ne $vmId) {
        $said = "the machine in Azure belongs to another agent ($($Azure['vm_id']), this one is $vmId)"
        return New-Verdict -Situation 'name_taken' -Sentence $said -Refused
    }
    if ($found -and -not $params.new_hardware) {
        $here = Get-Text -Object $Shown -Name 'vmUuid'
        if (-not $here) {
            $here = (Get-CimInstance -ClassName Win32_ComputerSystemProduct).UUID
        }
        $known = [string] $Azure['bios_uuid']
        $same = -not $here -or -not $known -or $known -eq $here -or $known -eq (Get-SwappedUuid -Uuid $here)
        if (-not $same -or $Azure['status_reason'] -eq 'Cloned') {
            $said = 'the server is a copy of the one that Azure knows, or has moved to other hardware'
            return New-Verdict -Situation 'clone' -Sentence $said -Refused
        }
    }
    $states = @((Get-Text -Object $Shown -Name 'status').ToLowerInvariant(), $low)
    if ($states -contains 'expired') {
        $steps = @('reset', 'connect')
        if ($found) {
            $steps = @('remove_machine') + $steps
        }
        return New-Verdict -Situation 'expired' -Sentence 'the identity has expired; the agent connects anew' -Steps $steps
    }
    if ($states -contains 'disconnected') {
        $said = 'the agent is connected and does not report; its services are restarted'
        return New-Verdict -Situation 'silent' -Sentence $said -Steps 'restart_services'
    }
    return New-Verdict -Situation 'connected' -Sentence 'the agent is connected as wanted'
}

function Get-LeavingVerdict {
    param($Shown, $Azure)
    if (-not (Get-Text -Object $Shown -Name 'resourceId')) {
        return New-Verdict -Situation 'disconnected' -Sentence 'the agent is not connected'
    }
    if ($null -ne $Azure -and -not $Azure['id']) {
        $said = 'the machine is gone in Azure already; the agent is reset locally'
        return New-Verdict -Situation 'orphan' -Sentence $said -Steps 'reset'
    }
    if ($params.access_token) {
        $said = 'the agent disconnects, and its machine goes with it'
        return New-Verdict -Situation 'connected' -Sentence $said -Steps 'disconnect'
    }
    $said = 'the agent is reset locally; its machine is removed by the controller'
    return New-Verdict -Situation 'connected' -Sentence $said -Steps 'reset'
}

function Invoke-WithSecretFile {
    param([hashtable] $Content, [scriptblock] $Work)
    if (Test-Path $secretFolder) {
        Remove-Item -Recurse -Force $secretFolder
    }
    $null = New-Item -ItemType Directory -Path $secretFolder
    try {
        # Only administrators and the system, and nothing inherited.
        & icacls.exe $secretFolder /inheritance:r /grant:r '*S-1-5-32-544:(OI)(CI)F' '*S-1-5-18:(OI)(CI)F' | Out-Null
        $file = Join-Path $secretFolder 'connect.json'
        [System.IO.File]::WriteAllText($file, ($Content | ConvertTo-Json))
        & $Work $file
    }
    finally {
        Remove-Item -Recurse -Force $secretFolder
    }
}

function Get-TagsFlag {
    $parts = @()
    foreach ($name in $params.tags.Keys) {
        $quoted = @($name, [string] $params.tags[$name]) | ForEach-Object {
            if ($_ -match '^[\w.:-]+$') { $_ } else { "'" + $_.Replace('\', '\\').Replace("'", "\'") + "'" }
        }
        $parts += ($quoted -join '=')
    }
    return ($parts -join ',')
}

function Connect-Agent {
    $place = [ordered]@{
        'subscription-id' = $params.subscription_id
        'resource-group' = $params.resource_group
        'tenant-id' = $params.tenant_id
        location = $params.location.Replace(' ', '').ToLowerInvariant()
        cloud = $params.cloud
        'resource-name' = $name
    }
    $null = New-Item -ItemType Directory -Force -Path (Split-Path $begunFile)
    [System.IO.File]::WriteAllText($begunFile, (@{ resource_id = $wanted } | ConvertTo-Json))
    if ($params.vm_id) {
        $flags = @('connect', 'existing')
        foreach ($flag in $place.Keys) {
            $flags += "--$flag", $place[$flag]
        }
        $null = Invoke-Azcmagent -Arguments ($flags + '--vmid' + $params.vm_id + '--use-saved-key')
    }
    else {
        $content = @{ 'access-token' = $params.access_token }
        foreach ($flag in $place.Keys) {
            $content[$flag] = $place[$flag]
        }
        $more = @{
            'private-link-scope' = $params.private_link_scope
            'gateway-id' = $params.gateway_id
            'correlation-id' = $params.correlation_id
            'enable-automatic-upgrade' = $params.automatic_upgrade
            'ignore-network-check' = $params.ignore_network_check
        }
        foreach ($flag in $more.Keys) {
            if ($more[$flag]) {
                $content[$flag] = $more[$flag]
            }
        }
        if ($params.tags) {
            $content['tags'] = Get-TagsFlag
        }
        Invoke-WithSecretFile -Content $content -Work {
            param($file)
            $null = Invoke-Azcmagent -Arguments 'connect', '--config', $file, '-j', '--log-stderr'
        }
    }
    Remove-Begun
    Wait-Connected
}

function Remove-Begun {
    if (Test-Path $begunFile) {
        Remove-Item -Recurse -Force (Split-Path $begunFile)
    }
}

function Wait-Connected {
    $deadline = (Get-Date).AddSeconds($params.wait_timeout)
    while ((Get-Text -Object (Get-Shown) -Name 'status') -ne 'Connected') {
        if ((Get-Date) -gt $deadline) {
            $module.FailJson("gave up after $($params.wait_timeout) s waiting for ${name} to report to Azure; run azcmagent check")
        }
        Start-Sleep -Seconds 2
    }
}

function Write-Settings {
    param([string[]] $Options)
    foreach ($option in $Options) {
        $value = Get-Wanted -Option $option
        if ((Get-Setting -Option $option) -ne $value) {
            Set-Setting -Option $option -Value $value
        }
    }
}

$name = $params.resource_name
if (-not $name) {
    $name = [System.Net.Dns]::GetHostName()
}
$wanted = "/subscriptions/$($params.subscription_id)/resourceGroups/$($params.resource_group)"
$wanted += "/providers/Microsoft.HybridCompute/machines/$name"
if ($params.state -eq 'connected') {
    foreach ($option in 'tenant_id', 'subscription_id', 'resource_group', 'location') {
        if (-not $params[$option]) {
            $module.FailJson("$option is not given; state connected needs it")
        }
    }
    if ($name -notmatch '^[a-zA-Z0-9_.-]{0,53}[a-zA-Z0-9.]$') {
        $module.FailJson("resource_name $name is no name of a machine")
    }
}

$shown = Get-Shown
$begun = ''
if (Test-Path $begunFile) {
    $begun = Get-Text -Object (Get-Content -Raw $begunFile | ConvertFrom-Json) -Name 'resource_id'
}
if ($params.state -eq 'disconnected') {
    $verdict = Get-LeavingVerdict -Shown $shown -Azure $params.azure_machine
}
else {
    $verdict = Get-Verdict -Shown $shown -Wanted $wanted -Azure $params.azure_machine -Begun $begun
}
$module.Result.situation = $verdict.situation
$module.Result.verdict = $verdict.sentence
$module.Result.steps = @($verdict.steps)
if ($verdict.refused) {
    $module.FailJson("${name}: $($verdict.sentence)")
}

if ($params.state -eq 'prepared') {
    if ($null -ne $shown -and -not (Get-Text -Object $shown -Name 'resourceId')) {
        $module.Result.changed = $true
        $module.Result.changes = @(@{ action = 'create'; kind = 'arc agent key'; name = $name; before = @{}; after = @{ key = 'new' } })
        if (-not $module.CheckMode -and (Invoke-Azcmagent -Arguments 'genkey') -match '[A-Za-z0-9+/]{100,}={0,2}') {
            $module.Result.public_key = $Matches[0]
        }
    }
    $module.ExitJson()
}

$version = Get-Text -Object $shown -Name 'agentVersion'
if ($params.agent_version -and $version -and -not "$version.".StartsWith("$($params.agent_version).")) {
    $module.FailJson("${name}: agent $version is installed, not $($params.agent_version); install the wanted one first")
}
if (-not $module.CheckMode) {
    if ($verdict.steps -contains 'install') {
        $module.FailJson("${name}: $($verdict.sentence); install AzureConnectedMachineAgent.msi first")
    }
    if ($verdict.steps -contains 'remove_machine') {
        $module.FailJson("${name}: $($verdict.sentence); remove $wanted with arc_machine on the controller first")
    }
    if ($verdict.steps -contains 'connect' -and -not $params.access_token -and -not $params.vm_id) {
        $module.FailJson("${name}: connecting needs an access_token, or vm_id for a key of its own")
    }
}

$given = @()
$before = @{}
$after = @{}
if ($params.state -eq 'connected') {
    $given = @($properties.Keys | Where-Object { $null -ne $params[$_] })
    foreach ($option in $given) {
        $value = Get-Wanted -Option $option
        $actual = ''
        if ($null -ne $shown) {
            $actual = Get-Setting -Option $option
        }
        if ($actual -ne $value) {
            $before[$option] = $actual
            $after[$option] = $value
        }
    }
}
$changes = @()
if ($after.Count -gt 0) {
    $changes += @{ action = 'update'; kind = 'arc agent settings'; name = $name; before = $before; after = $after }
}
$actions = @{
    install = 'create'; remove_machine = 'remove'; reset = 'update'
    restart_services = 'update'; connect = 'create'; disconnect = 'remove'
}
foreach ($step in $verdict.steps) {
    $changes += @{
        action = $actions[$step]; kind = 'arc agent'; name = $name; before = @{}; after = @{}; notes = @($step, $verdict.sentence)
    }
}
$module.Result.changes = $changes
$module.Result.changed = $changes.Count -gt 0
$module.Diff.before = $before
$module.Diff.after = $after

if (-not $module.CheckMode -and $changes.Count -gt 0) {
    $open = $given
    foreach ($step in $verdict.steps) {
        if ($step -in 'connect', 'restart_services') {
            Write-Settings -Options $open
            $open = @()
        }
        switch ($step) {
            'reset' {
                $null = Invoke-Azcmagent -Arguments 'disconnect', '--force-local-only'
                Remove-Begun
            }
            'disconnect' {
                Invoke-WithSecretFile -Content @{ 'access-token' = $params.access_token } -Work {
                    param($file)
                    $null = Invoke-Azcmagent -Arguments 'disconnect', '--config', $file, '--log-stderr'
                }
            }
            'restart_services' {
                Restart-Service -Name $services -Force
                Wait-Connected
            }
            'connect' {
                Connect-Agent
            }
        }
    }
    Write-Settings -Options $open
    $shown = Get-Shown
}

if ($null -ne $shown) {
    $kept = @{}
    foreach ($key in 'status', 'resourceId', 'vmId', 'agentVersion', 'location', 'lastHeartbeat', 'vmUuid', 'resourceName') {
        $kept[$key] = Get-Text -Object $shown -Name $key
    }
    $module.Result.agent = $kept
}
$module.ExitJson()
