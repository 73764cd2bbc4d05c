# SPDX-License-Identifier: GPL-3.0-or-later
# Installs the agent from an MSI: Microsoft's, an own one, or a file; says "installed" when it did.
[CmdletBinding()]
param(
    [string] $Source = 'https://aka.ms/AzureConnectedMachineAgent',
    [string] $Proxy
)
Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'

if (-not [Environment]::Is64BitOperatingSystem) {
    throw 'AZCM0153: the agent needs a 64-bit system'
}
$agent = Join-Path $env:ProgramW6432 'AzureConnectedMachineAgent\azcmagent.exe'
if (Test-Path $agent) {
    exit 0
}
$folder = Join-Path ([System.IO.Path]::GetTempPath()) ([System.IO.Path]::GetRandomFileName())
$null = New-Item -ItemType Directory -Path $folder
try {
    $file = $Source
    if ($Source -match '^https://') {
        [Net.ServicePointManager]::SecurityProtocol = [Net.SecurityProtocolType]::Tls12
        $file = Join-Path $folder 'AzureConnectedMachineAgent.msi'
        $request = @{ Uri = $Source; OutFile = $file; UseBasicParsing = $true }
        if ($Proxy) {
            $request.Proxy = $Proxy
        }
        Invoke-WebRequest @request
    }
    if ((Get-AuthenticodeSignature -FilePath $file).Status -ne 'Valid') {
        throw 'AZCM0171: the signature of the installer is not valid'
    }
    $log = Join-Path $folder 'install.log'
    $words = '/i', "`"$file`"", '/qn', '/l*v', "`"$log`"", 'REBOOT=ReallySuppress'
    $process = Start-Process -FilePath msiexec.exe -ArgumentList $words -Wait -PassThru
    if ($process.ExitCode -notin 0, 3010) {
        $said = Select-String -Path $log -Pattern 'AZCM\d{4}' | Select-Object -First 1
        throw "msiexec ended with code $($process.ExitCode); $(if ($said) { $said.Matches[0].Value } else { 'its log names no code' })"
    }
}
finally {
    Remove-Item -Recurse -Force $folder
}
Write-Output 'installed'
