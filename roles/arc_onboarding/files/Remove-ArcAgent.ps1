# SPDX-License-Identifier: GPL-3.0-or-later
# Removes the agent of a Windows server and its folders; says "removed" when there was something to remove.
Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'

$key = 'HKLM:\Software\Microsoft\Windows\CurrentVersion\Uninstall\*'
$product = Get-ItemProperty -Path $key -ErrorAction SilentlyContinue |
    Where-Object { $_.PSObject.Properties['DisplayName'] -and $_.DisplayName -eq 'Azure Connected Machine Agent' } |
    Select-Object -First 1
if ($product) {
    $process = Start-Process -FilePath msiexec.exe -ArgumentList '/x', $product.PSChildName, '/qn' -Wait -PassThru
    if ($process.ExitCode -notin 0, 3010) {
        throw "msiexec ended with code $($process.ExitCode)"
    }
}
$folders = @(
    (Join-Path $env:ProgramData 'AzureConnectedMachineAgent'),
    (Join-Path $env:ProgramData 'GuestConfig'),
    (Join-Path $env:SystemDrive 'packages')
) | Where-Object { Test-Path $_ }
foreach ($folder in $folders) {
    Remove-Item -Recurse -Force $folder
}
if ($product -or $folders) {
    Write-Output 'removed'
}
